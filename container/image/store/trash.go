package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/overlay"
	"github.com/mydocker/mydocker/utils"
)

// toTrash takes a file or directory out of the store. emptyTrash removes it.
func (s *Store) toTrash(path string) error {
	id, err := utils.NewID()
	if err != nil {
		return err
	}
	return ignore(os.Rename(path, s.path(image.TrashDir, id)), fs.ErrNotExist)
}

// emptyTrash removes what was taken out of the store.
func (s *Store) emptyTrash() error {
	names, err := s.list(image.TrashDir)
	if len(names) == 0 || err != nil {
		return err
	}
	trash, err := os.Open(s.path(image.TrashDir))
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range names {
		errs = append(errs, s.removeTrash(trash, name))
	}
	return errors.Join(append(errs, trash.Close())...)
}

// removeTrash removes a piece of trash, unless somebody else does.
func (s *Store) removeTrash(trash *os.File, name string) error {
	file, err := openFile(s.path(image.TrashDir, name), unix.O_RDONLY)
	if err != nil {
		return ignore(err, fs.ErrNotExist)
	}
	got, err := tryLock(file, unix.LOCK_EX)
	if err == nil && got {
		err = overlay.RemoveTree(trash, name)
		if errors.Is(err, fs.ErrPermission) && s.Remove != nil {
			err = s.Remove(s.path(image.TrashDir, name))
		}
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("remove what is not needed: %w", err)
	}
	return nil
}

// keepPartial is how long a partial blob is kept for the next try.
const keepPartial = 24 * time.Hour

// clearLeftovers removes what interrupted operations have left.
func (s *Store) clearLeftovers() error {
	names, err := s.list(image.PartialDir)
	if err != nil {
		return err
	}
	if len(names) > 0 {
		err = s.decide(func() error {
			var errs []error
			for _, name := range names {
				errs = append(errs, s.clearLeftover(name, keepPartial))
			}
			return errors.Join(errs...)
		})
	}
	return errors.Join(err, s.emptyTrash())
}

// clearLeftover takes a part of a blob or a layer out of the store that nobody works on. A
// blob that can be gone on with is kept for a while.
func (s *Store) clearLeftover(name string, keep time.Duration) error {
	path := s.path(image.PartialDir, name)
	file, err := openFile(path, unix.O_RDONLY)
	if err != nil {
		return ignore(err, fs.ErrNotExist)
	}
	info, err := file.Stat()
	resumable := !strings.HasPrefix(name, newPrefix) && !strings.HasPrefix(name, layerPrefix) && path != s.path(beside)
	if err == nil && !(resumable && time.Since(info.ModTime()) < keep) {
		var got bool
		if got, err = tryLock(file, unix.LOCK_EX); err == nil && got {
			err = s.toTrash(path)
		}
	}
	return errors.Join(err, file.Close())
}
