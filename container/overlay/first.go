package overlay

import "errors"

// MakeRootLayer makes the directories of a container's root that its first run would make, for
// those who want to read or write it before that. What is there stays. The request has an image
// that is kept.
func MakeRootLayer(request *Request) error {
	i := request.Image
	s := &store{request: request, userXattr: i.UserXattr, imageLayers: map[string]string{}}
	if err := checkUpper(i.KeptPath, stateAdvice); err != nil {
		return err
	}
	err := s.keep(i.Kept, i.KeptPath)
	if err == nil {
		_, _, err = s.imageLayer(RootLayer, i.top())
	}
	if s.dir != nil {
		err = errors.Join(err, s.dir.Close())
	}
	return err
}
