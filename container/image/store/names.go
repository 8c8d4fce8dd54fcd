package store

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/utils"
)

// Tag gives an image of the store names, which other images lose.
func (s *Store) Tag(manifest image.Digest, names ...image.Reference) error {
	err := s.make()
	if err == nil {
		err = s.decide(func() error {
			if _, err := s.layout.ReadRecord(manifest); err != nil {
				return err
			}
			return s.apply(&change{manifest: manifest, names: names})
		})
	}
	return Explained(err)
}

// Untag takes names away. A name that there is not is a *image.NotFoundError, and then none is.
func (s *Store) Untag(names ...image.Reference) error {
	err := s.make()
	if err == nil {
		err = s.decide(func() error {
			for _, name := range names {
				if _, err := os.Lstat(s.layout.Name(name)); errors.Is(err, fs.ErrNotExist) {
					return &image.NotFoundError{Name: name.Familiar()}
				} else if err != nil {
					return err
				}
			}
			return s.apply(&change{untagged: names})
		})
	}
	return Explained(err)
}

// readNames are all names, sorted, and what is wrong with those that cannot be read.
func (s *Store) readNames() ([]image.NameRecord, error) {
	files, err := s.layout.NameFiles()
	errs := []error{err}
	names := make([]image.NameRecord, 0, len(files))
	for _, file := range files {
		name, err := s.layout.ReadName(file)
		if err != nil {
			errs = append(errs, utils.Ignore(err, fs.ErrNotExist))
			continue
		}
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b image.NameRecord) int { return strings.Compare(a.Name, b.Name) })
	return names, errors.Join(errs...)
}

// namesOf are the names of an image. One that is damaged is none of any image.
func (s *Store) namesOf(manifest image.Digest) (own []image.Reference) {
	names, _ := s.readNames() //nolint:errcheck // the list of images and the check tell what is damaged
	for _, name := range names {
		if reference, err := image.ParseReference(name.Name); err == nil && name.Manifest == manifest {
			own = append(own, reference)
		}
	}
	return own
}
