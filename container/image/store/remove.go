package store

import (
	"errors"
	"io/fs"
	"os"
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
	return explained(err)
}

// refuseOthers refuses an image that has other names than these.
func (s *Store) refuseOthers(manifest image.Digest, known []image.Reference) error {
	names, _ := s.readNames() //nolint:errcheck // one that is damaged is none of this image
	for _, name := range names {
		is := func(r image.Reference) bool { return r.String() == name.Name }
		if name.Manifest == manifest && !slices.ContainsFunc(known, is) {
			return &InUseError{manifest, "the name " + name.Name}
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
	return errors.Join(s.removeRecord(manifest), lock.Close())
}

// removeRecord removes the names first: a name that leads nowhere is damage, an image without
// a name is not.
func (s *Store) removeRecord(manifest image.Digest) error {
	names, _ := s.readNames() //nolint:errcheck // one that is damaged is none of this image
	for _, name := range names {
		if name.Manifest != manifest {
			continue
		}
		reference, err := image.ParseReference(name.Name)
		if err == nil {
			err = os.Remove(s.layout.Name(reference))
		}
		if err != nil {
			return err
		}
	}
	if err := s.syncDir(image.NamesDir); err != nil {
		return err
	}
	// It is not moved to the trash: who waits for its lock has to see that it is gone.
	if err := os.Remove(s.layout.Record(manifest)); err != nil {
		return err
	}
	if err := s.syncDir(image.RecordsDir); err != nil {
		return err
	}
	return s.writeIndex()
}
