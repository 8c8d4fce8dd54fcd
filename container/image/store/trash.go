package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
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
	err = os.Rename(path, s.path(image.TrashDir, id))
	if utils.IsFull(err) && unix.Unlink(path) == nil { // btrfs wants room for a rename, and none for an unlink
		return nil
	}
	return utils.Ignore(err, fs.ErrNotExist)
}

// emptyTrash removes what was taken out of the store. What is left when ctx ends, a later
// command removes.
func (s *Store) emptyTrash(ctx context.Context) error {
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
		if ctx.Err() != nil {
			break
		}
		errs = append(errs, s.removeTrash(trash, name))
	}
	return errors.Join(append(errs, trash.Close())...)
}

// clearTrash is emptyTrash for an operation that has something else to tell. What cannot be
// removed is found again by the next one, and Collect tells why.
func (s *Store) clearTrash() {
	s.emptyTrash(context.Background()) //nolint:errcheck // see above
}

// removeTrash removes a piece of trash, unless somebody else does.
func (s *Store) removeTrash(trash *os.File, name string) error {
	path := s.path(image.TrashDir, name)
	file, err := openFile(path, unix.O_RDONLY)
	if isForeign(err) {
		return unix.Unlinkat(int(trash.Fd()), name, 0)
	}
	if err != nil {
		return utils.Ignore(err, fs.ErrNotExist)
	}
	got, err := tryLock(file, unix.LOCK_EX)
	if err == nil && got {
		err = s.removeTree(trash, name)
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("remove what is not needed: %w", err)
	}
	return nil
}

// isForeign reports whether openFile has met a link or a socket. The store has none, but root of a
// user namespace, who may be another user of the host, can put them among its layers. Nobody works
// on them, and they keep nothing from being removed.
func isForeign(err error) bool { return errors.Is(err, unix.ELOOP) || errors.Is(err, unix.ENXIO) }

func (s *Store) removeTree(dir *os.File, name string) error {
	err := overlay.RemoveTree(dir, name)
	if errors.Is(err, fs.ErrPermission) && s.Remove != nil {
		err = s.Remove(dir.Name() + "/" + name)
	}
	return err
}

// keepPartial is how long a partial blob is kept for the next try.
const keepPartial = 24 * time.Hour

func isRecent(info fs.FileInfo) bool { return time.Since(info.ModTime()) < keepPartial }

// clearLeftovers removes what interrupted operations have left; with all, also blobs that
// could be gone on with.
func (s *Store) clearLeftovers(ctx context.Context, all bool, c *Collected) error {
	names, err := s.list(image.PartialDir)
	if err != nil {
		return err
	}
	if len(names) > 0 {
		err = s.decide(func() error {
			var errs []error
			for _, name := range names {
				errs = append(errs, s.clearLeftover(name, all, c))
			}
			return errors.Join(errs...)
		})
	}
	return errors.Join(err, s.emptyTrash(ctx))
}

// clearLeftover takes a part of a blob or a layer out of the store that nobody works on.
func (s *Store) clearLeftover(name string, all bool, c *Collected) error {
	path := s.path(image.PartialDir, name)
	file, err := openFile(path, unix.O_RDONLY)
	if err != nil {
		return utils.Ignore(err, fs.ErrNotExist)
	}
	info, err := file.Stat()
	switch {
	case err != nil:
	case !all && isResumable(name) && isRecent(info):
		c.Resumable += info.Size()
	default:
		var got bool
		if got, err = tryLock(file, unix.LOCK_EX); err == nil && got {
			c.Partials++
			if !info.IsDir() {
				c.Bytes += info.Size()
			}
			err = s.toTrash(path)
		}
	}
	return errors.Join(err, release(file))
}

// isResumable reports whether a partial file is a blob whose digest is known.
func isResumable(name string) bool {
	_, err := image.ParseDigest("sha256:" + name)
	return err == nil
}
