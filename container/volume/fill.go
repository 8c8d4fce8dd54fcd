package volume

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// A volume that is empty is filled with what an image has at the place where it is mounted.
// That is copied beside it, and shown by one rename: whoever is killed meanwhile has left the
// volume empty, and the next one begins anew. So nobody may have it mounted then, which the
// lock's contentByte tells. Who copies for a run has the lock, too, and is waited for if the run is
// killed. A directory of the host (Backing.Device) is filled where it is.

// Mount says that the caller's container has the content mounted, until Close. Who is filling it
// is waited for. Of an empty directory in memory each container would have one of its own, so
// one at a time can have that: another one is an error.
func (v *Volume) Mount() error {
	b, err := v.Backing()
	if err != nil {
		return err
	}
	if !b.Tmpfs {
		return v.lockContent(unix.F_OFD_SETLKW, unix.F_RDLCK)
	}
	err = setLock(v.lock, unix.F_OFD_SETLK, unix.F_WRLCK, contentByte)
	if err == unix.EAGAIN || err == unix.EACCES {
		return fmt.Errorf("volume %s: another container has it mounted, and a tmpfs cannot be shared: each would have its own", v.Name)
	}
	return err
}

// BeginFill makes a directory for what an empty volume is to be filled with, and returns its
// path; EndFill or CancelFill has to follow. It is "" where there is nothing to fill: the volume
// is not empty, or in memory, or another container has it mounted, which would not see it.
func (v *Volume) BeginFill(remove RemoveTree) (dir string, err error) {
	b, err := v.Backing()
	if err != nil || b.Tmpfs {
		return "", err
	}
	for {
		empty, err := v.isEmpty(b)
		if err != nil || !empty {
			return "", err
		}
		err = setLock(v.lock, unix.F_OFD_SETLK, unix.F_WRLCK, contentByte)
		if err == nil {
			return v.beginAlone(b, remove)
		}
		if err != unix.EAGAIN && err != unix.EACCES {
			return "", err
		}
		filling, err := v.isBeingFilled()
		if err != nil || !filling {
			return "", err
		}
		if err := errors.Join(v.lockContent(unix.F_OFD_SETLKW, unix.F_RDLCK), v.unlockContent()); err != nil {
			return "", err
		}
	}
}

// beginAlone goes on when nobody else has the content.
func (v *Volume) beginAlone(b Backing, remove RemoveTree) (dir string, err error) {
	dir = filepath.Join(v.Path, fillName)
	empty, err := v.isEmpty(b) // another one may have filled it since
	switch {
	case err != nil:
	case !empty:
		dir = ""
	case b.Device != "":
		return b.Device, nil
	default:
		if err = remove(v.Dir, fillName); err == nil {
			err = unix.Mkdirat(int(v.Dir.Fd()), fillName, 0o700)
		}
	}
	if err != nil || dir == "" {
		return "", errors.Join(err, v.unlockContent())
	}
	return dir, nil
}

// EndFill shows what was copied. From then on the caller has the content mounted, as by Mount.
func (v *Volume) EndFill(remove RemoveTree) error {
	b, err := v.Backing()
	if err == nil && b.Device == "" {
		dir := int(v.Dir.Fd())
		err = unix.Renameat(dir, fillName, dir, dataName)
		if err == unix.ENOTEMPTY || err == unix.EEXIST { // somebody on the host has put something there
			err = remove(v.Dir, fillName)
		}
		if err == nil {
			err = unix.Fsync(dir)
		}
	}
	if err != nil {
		return fmt.Errorf("volume %s: %w", v.Name, err)
	}
	return v.lockContent(unix.F_OFD_SETLK, unix.F_RDLCK)
}

// CancelFill throws away what was copied.
func (v *Volume) CancelFill(remove RemoveTree) error {
	return errors.Join(remove(v.Dir, fillName), v.unlockContent())
}

// isEmpty reports whether nothing is in the volume. One that the caller may not look into is
// another user's by what it was filled with.
func (v *Volume) isEmpty(b Backing) (bool, error) {
	path := v.Data()
	if b.Device != "" {
		path = b.Device
	}
	for {
		dir, err := os.Open(path)
		if errors.Is(err, fs.ErrPermission) {
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("volume %s: %w", v.Name, err)
		}
		_, err = dir.Readdirnames(1)
		if closed := dir.Close(); closed != nil {
			return false, closed
		}
		if !errors.Is(err, fs.ErrNotExist) { // otherwise it was just replaced, by who has filled it
			return err == io.EOF, utils.Ignore(err, io.EOF)
		}
	}
}

// isBeingFilled reports whether somebody has the content alone.
func (v *Volume) isBeingFilled() (bool, error) {
	asked := unix.Flock_t{Type: unix.F_RDLCK, Start: contentByte, Len: 1}
	err := unix.FcntlFlock(v.lock.Fd(), unix.F_OFD_GETLK, &asked)
	return err == nil && asked.Type != unix.F_UNLCK, err
}

func (v *Volume) lockContent(set int, kind int16) error {
	return setLock(v.lock, set, kind, contentByte)
}

func (v *Volume) unlockContent() error {
	return setLock(v.lock, unix.F_OFD_SETLK, unix.F_UNLCK, contentByte)
}
