package overlay

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// ClearLeftovers removes the stores of runs that were killed. stop is asked between the
// files: what is left then is a later run's to remove. For force see Request.Remove.
func ClearLeftovers(state string, stop func() bool, force func(dir string) error) error {
	name, err := filepath.EvalSymlinks(filepath.Join(state, layersName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	dir, err := OpenDir(name)
	if err != nil {
		return err
	}
	names, err := dir.Readdirnames(-1)
	errs := []error{err}
	for _, name := range names {
		id, isLock := strings.CutSuffix(name, lockSuffix)
		if !isLock || !utils.IsID(id) || stop() {
			continue
		}
		errs = append(errs, clearLeftover(dir, id, stop, force))
	}
	return errors.Join(append(errs, dir.Close())...)
}

// clearLeftover removes a store that nobody has locked.
func clearLeftover(dir *os.File, id string, stop func() bool, force func(dir string) error) error {
	fd, err := unix.Openat(int(dir.Fd()), id+lockSuffix, unix.O_RDWR|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err == unix.ENOENT {
		return nil
	}
	if err != nil {
		return &fs.PathError{Op: "open", Path: filepath.Join(dir.Name(), id+lockSuffix), Err: err}
	}
	var stat unix.Stat_t
	err = utils.Flock(fd, unix.LOCK_EX|unix.LOCK_NB)
	if err == unix.EWOULDBLOCK { // it lives
		return unix.Close(fd)
	}
	if err == nil {
		err = unix.Fstat(fd, &stat)
	}
	if err == nil && stat.Nlink > 0 {
		err = removeStore(dir, id, stop, force)
	}
	return errors.Join(err, unix.Close(fd))
}

// removeStore removes a store that the caller has locked: the lock's file is the last, so
// that what cannot be removed now is found again.
func removeStore(dir *os.File, id string, stop func() bool, force func(dir string) error) error {
	err := removeTree(dir, id, stop)
	if force != nil && errors.Is(err, fs.ErrPermission) {
		err = force(filepath.Join(dir.Name(), id))
	}
	if errors.Is(err, errStopped) {
		return nil
	}
	if err == nil {
		err = utils.Ignore(unix.Unlinkat(int(dir.Fd()), id+lockSuffix, 0), unix.ENOENT)
	}
	return err
}
