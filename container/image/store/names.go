package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/mydocker/mydocker/container/image"
)

// Tag gives an image of the store names, which other images lose.
func (s *Store) Tag(manifest image.Digest, names ...image.Reference) error {
	err := s.make()
	if err == nil {
		err = s.decide(func() error {
			if _, err := s.layout.ReadRecord(manifest); err != nil {
				return err
			}
			return s.writeNames(manifest, names)
		})
	}
	return explained(err)
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
			return s.removeNames(names)
		})
	}
	return explained(err)
}

// writeNames is Tag, under the mutex.
func (s *Store) writeNames(manifest image.Digest, names []image.Reference) error {
	for _, name := range names {
		content, err := json.Marshal(&image.NameRecord{Version: image.RecordVersion, Name: name.String(), Manifest: manifest})
		if err != nil {
			return err
		}
		if err := s.writeFile(image.NamesDir+"/"+image.NameFile(name), append(content, '\n')); err != nil {
			return fmt.Errorf("name %s: %w", name.Familiar(), err)
		}
	}
	return s.namesChanged()
}

func (s *Store) removeNames(names []image.Reference) error {
	for _, name := range names {
		if err := ignore(os.Remove(s.layout.Name(name)), fs.ErrNotExist); err != nil {
			return err
		}
	}
	return s.namesChanged()
}

// namesChanged has the names be on the disk, and the index say the same.
func (s *Store) namesChanged() error {
	if err := s.syncDir(image.NamesDir); err != nil {
		return err
	}
	return s.writeIndex()
}

// readNames are all names, sorted, and what is wrong with those that cannot be read.
func (s *Store) readNames() ([]image.NameRecord, error) {
	files, err := s.layout.NameFiles()
	errs := []error{err}
	names := make([]image.NameRecord, 0, len(files))
	for _, file := range files {
		name, err := s.layout.ReadName(file)
		if err != nil {
			errs = append(errs, ignore(err, fs.ErrNotExist))
			continue
		}
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b image.NameRecord) int { return strings.Compare(a.Name, b.Name) })
	return names, errors.Join(errs...)
}
