package volume

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// The bytes of a volume's lock. They are locks of open files (F_OFD_SETLK, fcntl(2)): who
// lists volumes asks about them, and never has one that is in somebody's way.
const (
	// useByte is shared by all who use the volume, and its remover has it alone.
	useByte = iota
	// contentByte is shared by all whose containers have the content mounted, and who fills
	// the volume has it alone.
	contentByte
)

// InUseError says that somebody uses a volume, or just removes it.
type InUseError struct{ Name string }

func (e *InUseError) Error() string {
	return "remove " + e.Name + ": volume is in use, by a container that runs or is just being made"
}

// access is how a volume is opened.
type access struct {
	kind int16
	// set is F_OFD_SETLKW where others may have it for a moment alone, or F_OFD_SETLK.
	set int
}

func toUse() access    { return access{unix.F_RDLCK, unix.F_OFD_SETLKW} }
func toRemove() access { return access{unix.F_WRLCK, unix.F_OFD_SETLK} }

// open opens a volume and locks it. The error is fs.ErrNotExist where there is none.
func (d *directory) open(name string, as access) (*Volume, error) {
	v, err := d.openDir(name, unix.O_RDWR)
	if err != nil {
		return nil, err
	}
	err = setLock(v.lock, as.set, as.kind, useByte)
	if err == unix.EAGAIN || err == unix.EACCES {
		err = &InUseError{name}
	}
	if err == nil {
		err = d.isStill(v, name)
	}
	if err == nil {
		v.Record, err = readRecord(int(v.Dir.Fd()), v.Path, name)
		if damaged := (*DamagedError)(nil); as == toRemove() && errors.As(err, &damaged) {
			v.Name, err = name, nil
		}
	}
	if err != nil {
		return nil, errors.Join(err, v.closeOwn())
	}
	return v, nil
}

// openDir opens a volume's directory and its lock.
func (d *directory) openDir(name string, flags int) (*Volume, error) {
	path := d.path(name)
	fd, err := utils.Retry(func() (int, error) {
		return unix.Openat(d.fd(), name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	v := &Volume{Dir: os.NewFile(uintptr(fd), path), Path: path, volumes: d}
	lock, err := utils.Retry(func() (int, error) {
		return unix.Openat(fd, lockName, flags|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0o600)
	})
	if err != nil {
		return nil, errors.Join(&fs.PathError{Op: "open", Path: path + "/" + lockName, Err: err}, v.Dir.Close())
	}
	v.lock = os.NewFile(uintptr(lock), lockName)
	return v, nil
}

// isStill reports whether a volume that is locked has not been removed meanwhile.
func (d *directory) isStill(v *Volume, name string) error {
	var there, opened unix.Stat_t
	err := unix.Fstatat(d.fd(), name, &there, unix.AT_SYMLINK_NOFOLLOW)
	if err == nil {
		err = unix.Fstat(int(v.Dir.Fd()), &opened)
	}
	if err == nil && (there.Dev != opened.Dev || there.Ino != opened.Ino) {
		err = unix.ENOENT
	}
	if err != nil {
		return &fs.PathError{Op: "open", Path: v.Path, Err: err}
	}
	return nil
}

// setLock takes or gives up a byte of a lock. That somebody else has it in a way that
// excludes it is EAGAIN or EACCES.
func setLock(file *os.File, set int, kind int16, at int64) error {
	_, err := utils.Retry(func() (int, error) {
		return 0, unix.FcntlFlock(file.Fd(), set, &unix.Flock_t{Type: kind, Start: at, Len: 1})
	})
	return err
}

func unlock(file *os.File) error {
	_, err := utils.Retry(func() (int, error) {
		return 0, unix.FcntlFlock(file.Fd(), unix.F_OFD_SETLK, &unix.Flock_t{Type: unix.F_UNLCK})
	})
	return err
}

// isUsed reports whether somebody has a byte of a lock, alone or shared.
func isUsed(file *os.File, at int64) (bool, error) {
	asked := unix.Flock_t{Type: unix.F_WRLCK, Start: at, Len: 1}
	err := unix.FcntlFlock(file.Fd(), unix.F_OFD_GETLK, &asked)
	return err == nil && asked.Type != unix.F_UNLCK, err
}
