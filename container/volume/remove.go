package volume

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

// Remove removes a volume that OpenToRemove has opened. From its first step on it is gone for
// everybody; what is left when that is interrupted, ClearLeftovers removes.
func (v *Volume) Remove(remove RemoveTree) error {
	removed, err := utils.MoveAside(v.volumes.file, v.Name, removedPrefix)
	if err == nil {
		err = remove(v.volumes.file, removed)
	}
	if err != nil {
		return fmt.Errorf("remove volume %s: %w", v.Name, err)
	}
	return nil
}

// abandon removes a volume that was made for nothing, in which is nothing but files of its own.
func (d *directory) abandon(name string) error {
	var errs []error
	for _, file := range []string{recordNew, recordName, lockName} {
		errs = append(errs, utils.Ignore(unix.Unlinkat(d.fd(), name+"/"+file, 0), unix.ENOENT))
	}
	for _, dir := range []string{name + "/" + dataName, name} {
		errs = append(errs, utils.Ignore(unix.Unlinkat(d.fd(), dir, unix.AT_REMOVEDIR), unix.ENOENT))
	}
	return errors.Join(errs...)
}

// ClearLeftovers removes what was left by who was killed: volumes that were being made or
// removed, and temporary ones that nobody uses.
func ClearLeftovers(state string, remove RemoveTree) error {
	d, err := openDirectory(state)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	entries, err := d.file.ReadDir(-1)
	errs := []error{err}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), newPrefix) || strings.HasPrefix(e.Name(), removedPrefix) {
			errs = append(errs, d.clear(e.Name(), remove))
		} else if CheckName(e.Name()) == nil {
			errs = append(errs, d.clearTemporary(e.Name(), remove))
		}
	}
	return errors.Join(append(errs, d.Close())...)
}

// clear goes on with a removal, unless somebody else is at it.
func (d *directory) clear(name string, remove RemoveTree) error {
	v, err := d.openDir(name, unix.O_RDWR)
	if errors.Is(err, fs.ErrNotExist) { // its lock is gone, and what is left may be, too; or it has none yet
		err := unix.Unlinkat(d.fd(), name, unix.AT_REMOVEDIR)
		if err == unix.ENOTEMPTY && strings.HasPrefix(name, removedPrefix) {
			return remove(d.file, name)
		}
		return utils.Ignore(err, unix.ENOENT, unix.ENOTEMPTY)
	}
	if err != nil {
		return err
	}
	err = setLock(v.lock, unix.F_OFD_SETLK, unix.F_WRLCK, useByte)
	switch err {
	case nil:
		err = remove(d.file, name)
	case unix.EAGAIN, unix.EACCES:
		err = nil
	}
	return errors.Join(err, v.closeOwn())
}

// clearTemporary removes a volume whose run was killed.
func (d *directory) clearTemporary(name string, remove RemoveTree) error {
	l, err := d.look(name)
	if err != nil || l.Used || !l.Temporary {
		return nil //nolint:nilerr // what is damaged, others tell
	}
	v, err := d.open(name, toRemove())
	inUse := (*InUseError)(nil)
	if errors.As(err, &inUse) || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(v.Remove(remove), v.closeOwn())
}
