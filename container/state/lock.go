package state

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

const lockName = "lock"

// InUseError says that a container runs, or that another command uses it.
type InUseError struct {
	ID string
	// Running is whether somebody has it alone, as its run has.
	Running bool
}

func (e *InUseError) Error() string {
	if e.Running {
		return "container " + e.ID + " is running"
	}
	return "container " + e.ID + " is used by another mydocker"
}

// access is how a container is opened.
type access struct {
	kind  int16 // of lock: for the caller alone (F_WRLCK), or shared (F_RDLCK)
	flags int   // with which the lock's file is opened
	// set is F_OFD_SETLKW where others can have it locked for a moment alone, or F_OFD_SETLK.
	set int
}

func toRead() access   { return access{unix.F_RDLCK, unix.O_RDONLY, unix.F_OFD_SETLK} }
func toRemove() access { return access{unix.F_WRLCK, unix.O_RDWR, unix.F_OFD_SETLK} }
func asItIs() access   { return access{unix.F_UNLCK, unix.O_RDONLY, unix.F_OFD_SETLK} }
func toMake() access   { return access{unix.F_WRLCK, unix.O_RDWR | unix.O_CREAT, unix.F_OFD_SETLKW} }

// open opens a container's directory and locks it. The error isGone where there is none.
func (d *directory) open(id string, as access) (c *Container, err error) {
	fd, err := utils.Retry(func() (int, error) {
		return unix.Openat(d.fd(), id, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: d.path(id), Err: err}
	}
	c = &Container{Record: Record{ID: id}, Dir: os.NewFile(uintptr(fd), d.path(id)), Path: d.path(id), containers: d}
	c.lock, err = openLock(fd, as.flags)
	if err == unix.ENOENT && as == toRemove() && d.isMade(id) { // no mydocker has removed it
		c.lock, err = openLock(fd, as.flags|unix.O_CREAT)
	}
	if err == unix.EROFS {
		err = whereReadOnly(fd, id)
	}
	if err != nil {
		if inUse := (*InUseError)(nil); !errors.As(err, &inUse) {
			err = &fs.PathError{Op: "lock", Path: c.Path, Err: err}
		}
		return nil, errors.Join(err, c.Dir.Close())
	}
	err = lock(c.lock, as.set, as.kind)
	if err == unix.EAGAIN || err == unix.EACCES {
		running, unknown := isLocked(c.lock)
		err = errors.Join(&InUseError{id, running}, unknown)
	}
	if err == nil {
		err = d.isStill(c)
	}
	if err != nil {
		return nil, errors.Join(err, c.lock.Close(), c.Dir.Close())
	}
	return c, nil
}

// whereReadOnly is why nobody can take a container whose disk has become read-only: who has it may still be asked.
func whereReadOnly(dir int, id string) error {
	file, err := openLock(dir, unix.O_RDONLY)
	if err != nil {
		return err
	}
	locked, err := isLocked(file)
	switch {
	case locked:
		err = &InUseError{id, true}
	case err == nil:
		err = unix.EROFS
	}
	return errors.Join(err, file.Close())
}

// isStill reports whether a container that is locked has not been removed meanwhile, and its
// lock with it.
func (d *directory) isStill(c *Container) error {
	var there, opened, locked unix.Stat_t
	err := unix.Fstatat(d.fd(), c.ID, &there, unix.AT_SYMLINK_NOFOLLOW)
	if err == nil {
		err = errors.Join(unix.Fstat(int(c.Dir.Fd()), &opened), unix.Fstat(int(c.lock.Fd()), &locked))
	}
	if err == nil && (there.Dev != opened.Dev || there.Ino != opened.Ino || locked.Nlink == 0) {
		err = unix.ENOENT
	}
	if err != nil {
		return &fs.PathError{Op: "open", Path: c.Path, Err: err}
	}
	return nil
}

func isGone(err error) bool { return errors.Is(err, fs.ErrNotExist) }

func openLock(dir, flags int) (*os.File, error) {
	fd, err := utils.Retry(func() (int, error) {
		return unix.Openat(dir, lockName, flags|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0o600)
	})
	if err != nil {
		return nil, err
	}
	// With the flag os.NewFile would begin to poll, for which the runtime needs descriptors, and ends the
	// program where there are none.
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFL, 0); err != nil {
		return nil, errors.Join(os.NewSyscallError("fcntl", err), unix.Close(fd))
	}
	return os.NewFile(uintptr(fd), lockName), nil
}

// lock takes a lock. That somebody else has one that excludes it is EAGAIN or EACCES.
func lock(file *os.File, set int, kind int16) error {
	_, err := utils.Retry(func() (int, error) {
		return 0, unix.FcntlFlock(file.Fd(), set, &unix.Flock_t{Type: kind})
	})
	return err
}

func unlock(file *os.File) error { return lock(file, unix.F_OFD_SETLK, unix.F_UNLCK) }

// isLocked reports whether somebody has the lock alone.
func isLocked(file *os.File) (bool, error) {
	asked := unix.Flock_t{Type: unix.F_RDLCK}
	err := unix.FcntlFlock(file.Fd(), unix.F_OFD_GETLK, &asked)
	return err == nil && asked.Type != unix.F_UNLCK, err
}
