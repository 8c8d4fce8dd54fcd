package store

import (
	"errors"
	"io/fs"
	"slices"

	"github.com/mydocker/mydocker/container/image"
)

// RemoveImage takes an image out of the store, with the names that the caller knows it by. One
// that is in use, or has got another name, is an *InUseError, one that there is not an
// *image.NotFoundError. What only it had is garbage then: Collect removes that.
func (s *Store) RemoveImage(manifest image.Digest, names ...image.Reference) error {
	if _, err := image.ParseDigest(string(manifest)); err != nil {
		return err
	}
	err := s.make()
	if err == nil {
		err = s.decide(func() error {
			if err := s.refuseOthers(manifest, names); err != nil {
				return err
			}
			return s.removeImage(manifest)
		})
	}
	return Explained(err)
}

// refuseOthers refuses an image that has other names than these.
func (s *Store) refuseOthers(manifest image.Digest, known []image.Reference) error {
	for _, name := range s.namesOf(manifest) {
		if !slices.Contains(known, name) {
			return &InUseError{manifest, "the name " + name.Familiar()}
		}
	}
	return nil
}

func (s *Store) removeImage(manifest image.Digest) error {
	lock, err := s.lockUnused(manifest)
	if errors.Is(err, fs.ErrNotExist) {
		return &image.NotFoundError{Name: manifest.Short()}
	}
	if err != nil {
		return err
	}
	return errors.Join(s.apply(&change{removed: manifest, untagged: s.namesOf(manifest)}), release(lock))
}
