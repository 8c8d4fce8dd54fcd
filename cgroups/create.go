package cgroups

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// createAttempts bounds the race with other runs that remove the parent while
// this one creates a child in it.
const createAttempts = 1000

// create makes the container's cgroup, and its parents where they are missing,
// and locks it.
func (t *tree) create(cgroup string) error {
	dir, parent := t.Dir(cgroup), path.Dir(cgroup)
	for range createAttempts {
		err := t.mkdir(dir, whyOwn)
		if errors.Is(err, fs.ErrNotExist) {
			if err := t.makeParents(parent); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		t.created = true
		if locked, err := t.lock.acquire(dir); locked || err != nil {
			return err
		}
	}
	return fmt.Errorf("mkdir %s: %d times its parent was removed meanwhile", dir, createAttempts)
}

// ourMode is the mode of a cgroup that some run of mydocker made: the sticky bit
// is of no use there (only owners remove what is in the directory), so nobody else
// sets it. A parent is removed by the last container that leaves it, whoever that
// is; a container is a leftover when nobody has locked it. The name tells one from
// the other: no parent is called like a container (container.Config). What has no
// such bit belongs to somebody else.
//
// The cgroup has it from the moment that it is there, so it does not matter when
// the run that makes it is killed.
const ourMode = 0o755 | unix.S_ISVTX

// ours reports whether mydocker made the cgroup.
func (t *tree) ours(cgroup string) bool {
	var stat unix.Stat_t
	return cgroup == DefaultParent || unix.Stat(t.Dir(cgroup), &stat) == nil && stat.Mode&unix.S_ISVTX != 0
}

// makeParents creates the missing cgroups down to parent.
func (t *tree) makeParents(parent string) error {
	if parent == "/" {
		return nil
	}
	err := t.mkdir(t.Dir(parent), whyParent)
	if errors.Is(err, fs.ErrNotExist) {
		if err := t.makeParents(path.Dir(parent)); err != nil {
			return err
		}
		err = t.mkdir(t.Dir(parent), whyParent)
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

func mkdir(dir string) error {
	_, err := utils.Retry(func() (int, error) { return 0, unix.Mkdir(dir, ourMode) })
	if err != nil {
		return &fs.PathError{Op: "mkdir", Path: dir, Err: err}
	}
	return nil
}

const (
	// removeAttempts and the pause between them give the kernel two seconds
	// to finish with processes that were just killed.
	removeAttempts = 200
	removePause    = 10 * time.Millisecond
	// quickAttempts come first and at once: when PID 1 of a container can be
	// waited for, the kernel may be some microseconds from dropping the last
	// reference to its cgroup.
	quickAttempts = 20
	quickPause    = 50 * time.Microsecond
)

// remove removes the container's cgroup, and then the parents that no
// other container uses.
func (t *tree) remove(cgroup string) error {
	if t.created {
		if err := t.removeBusy(cgroup); err != nil {
			return err
		}
		t.created = false
	}
	if err := t.lock.release(); err != nil {
		return err
	}
	return t.removeParents(cgroup)
}

// removeParents removes those of the parents that mydocker made and that no
// other container uses. What was made for mydocker itself to be in, as the cgroup of
// a container around it, is not among them.
func (t *tree) removeParents(cgroup string) error {
	for parent := path.Dir(cgroup); parent != "/" && parent != t.base && t.ours(parent); parent = path.Dir(parent) {
		switch err := unix.Rmdir(t.Dir(parent)); err {
		case nil:
			t.manager.changed(Remove, t.Dir(parent), "", whyUnused)
		case unix.ENOENT:
		case unix.EBUSY, unix.ENOTEMPTY, unix.EROFS, unix.EACCES, unix.EPERM:
			return nil // others use it, or another user made it
		default:
			return &fs.PathError{Op: "rmdir", Path: t.Dir(parent), Err: err}
		}
	}
	return nil
}

// removeBusy removes a cgroup, and kills what still lives in it.
func (t *tree) removeBusy(cgroup string) error {
	s := t.controllers[0]
	for attempt := range quickAttempts + removeAttempts {
		err := s.Remove(cgroup)
		if err == nil {
			t.manager.changed(Remove, t.Dir(cgroup), "", whyRemove)
		}
		if err == nil || !errors.Is(err, unix.EBUSY) {
			return err
		}
		if attempt < quickAttempts {
			time.Sleep(quickPause)
			continue
		}
		if err := t.kill(cgroup); err != nil {
			return err
		}
		time.Sleep(removePause)
	}
	return s.Remove(cgroup)
}
