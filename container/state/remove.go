package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// RemoveTree removes a directory and all that is in it, whatever a container has put there
// (overlay.RemoveTree). Files in it may belong to ids that the caller has to give and may not use.
type RemoveTree func(at *os.File, name string) error

// removedPrefix begins the name of a container that is on its way out.
const removedPrefix = ".removed-"

// Remove removes the container and all that it has written. From its first step on it is gone
// for everybody; what is left when that is interrupted, ClearLeftovers removes.
func (c *Container) Remove(remove RemoveTree) error {
	d := c.containers
	removed, err := c.moveAside()
	if err == nil {
		err = d.release(c.Name, c.ID)
	}
	if err == nil {
		err = remove(d.file, removed)
	}
	if err != nil {
		return fmt.Errorf("remove container %s: %w", c.ID, err)
	}
	return nil
}

// moveAside takes the container away from everybody, and returns the name that its directory has then.
func (c *Container) moveAside() (string, error) {
	removed, err := utils.MoveAside(c.containers.file, c.ID, removedPrefix)
	if utils.IsFull(err) { // btrfs wants room for a rename, and none for an unlink: without its record it is gone, too
		return c.ID, utils.Ignore(unix.Unlinkat(int(c.Dir.Fd()), recordName, 0), unix.ENOENT)
	}
	return removed, err
}

// ClearLeftovers removes what commands have left that were killed: containers that were being
// made or removed.
func ClearLeftovers(state string, remove RemoveTree) error {
	d, err := openDirectory(state)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	errs := []error{d.clearUnmade(), d.clearNames()}
	entries, err := os.ReadDir(d.path())
	errs = append(errs, err)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), removedPrefix) {
			errs = append(errs, d.clearRemoved(e.Name(), remove))
		}
	}
	return errors.Join(append(errs, d.Close())...)
}

// clearUnmade takes out what has no record.
func (d *directory) clearUnmade() error {
	ids, err := d.ids()
	errs := []error{err}
	for _, id := range ids {
		if !d.isMade(id) {
			_, err := d.clear(id)
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// clearNames frees the names of containers that are gone.
func (d *directory) clearNames() error {
	names, err := os.ReadDir(d.path(namesName))
	errs := []error{err}
	for _, name := range names {
		err := d.freeName(name.Name())
		if taken := (*NameError)(nil); !errors.As(err, &taken) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// clear takes a directory out that has no record, and that nobody works on. It reports whether
// there is nothing of that name any more.
func (d *directory) clear(id string) (gone bool, err error) {
	c, err := d.open(id, toRemove())
	inUse := (*InUseError)(nil)
	switch {
	case errors.As(err, &inUse):
		return false, nil
	case isGone(err): // there is nothing, or as yet no lock; then it is empty
		err = unix.Unlinkat(d.fd(), id, unix.AT_REMOVEDIR)
		return err == nil || err == unix.ENOENT, utils.Ignore(err, unix.ENOENT, unix.ENOTEMPTY)
	case err != nil:
		return false, err
	}
	if !d.isMade(id) {
		_, err = utils.MoveAside(d.file, id, removedPrefix)
		gone = err == nil
	}
	return gone, errors.Join(err, unlock(c.lock), c.lock.Close(), c.Dir.Close())
}

// clearRemoved goes on with a removal, unless somebody else is at it.
func (d *directory) clearRemoved(name string, remove RemoveTree) error {
	c, err := d.open(name, toRemove())
	inUse := (*InUseError)(nil)
	switch {
	case errors.As(err, &inUse):
		return nil
	case isGone(err): // its lock is gone, and what is left may be, too
		return remove(d.file, name)
	case err != nil:
		return err
	}
	return errors.Join(remove(d.file, name), unlock(c.lock), c.lock.Close(), c.Dir.Close())
}
