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
		err := t.mkdir(dir, makingMode, whyOwn)
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
		file := dir + "/" + lockFile(t.Version)
		if locked, err := t.lock.own(file); locked || err != nil {
			if err == nil {
				t.manager.changed(Lock, file, "", whyLock)
			}
			return err
		}
	}
	return fmt.Errorf("mkdir %s: %d times its parent was removed meanwhile", dir, createAttempts)
}

// The modes with which mydocker makes cgroups. The sticky bit is of no use there (only
// owners remove what is in the directory), so nobody else sets it. What has no such bit
// belongs to somebody else.
//
// A cgroup has its mode from the moment that it is there, so it does not matter when
// the run that makes it is killed.
const (
	// parentMode is that of a parent, which is removed by the last container that
	// leaves it, whoever that is.
	parentMode = 0o755 | unix.S_ISVTX
	// makingMode is that of a container until it is locked: see lock. The name tells
	// one from the other: no parent is called like a container (container.Config).
	makingMode = 0o700 | unix.S_ISVTX
)

// ours reports whether mydocker made the cgroup, which is a parent.
func (t *tree) ours(parent string) bool {
	var stat unix.Stat_t
	return parent == DefaultParent || unix.Stat(t.Dir(parent), &stat) == nil && stat.Mode&unix.S_ISVTX != 0
}

// makeParents creates the missing cgroups down to parent.
func (t *tree) makeParents(parent string) error {
	if parent == "/" {
		return nil
	}
	err := t.mkdir(t.Dir(parent), parentMode, whyParent)
	if errors.Is(err, fs.ErrNotExist) {
		if err := t.makeParents(path.Dir(parent)); err != nil {
			return err
		}
		err = t.mkdir(t.Dir(parent), parentMode, whyParent)
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return openParent(t.Dir(parent))
}

// openParent gives a new parent its mode where the caller's umask has kept that from it: the
// command's user may look at its own limits. A look is much cheaper than a chmod.
func openParent(parent string) error {
	var stat unix.Stat_t
	err := unix.Stat(parent, &stat)
	if err == nil && stat.Mode&0o7777 != parentMode {
		err = unix.Chmod(parent, parentMode)
	}
	if err != nil {
		return &fs.PathError{Op: "chmod", Path: parent, Err: err}
	}
	return nil
}

func mkdir(dir string, mode uint32) error {
	_, err := utils.Retry(func() (int, error) { return 0, unix.Mkdir(dir, mode) })
	if err != nil {
		return &fs.PathError{Op: "mkdir", Path: dir, Err: err}
	}
	return nil
}

const (
	// removeTimeout is what the kernel gets, in all hierarchies together, to finish
	// with processes that were just killed, and removePause is between two looks.
	removeTimeout = 2 * time.Second
	removePause   = 10 * time.Millisecond
	// quickAttempts come first and at once: when PID 1 of a container can be
	// waited for, the kernel may be some microseconds from dropping the last
	// reference to its cgroup.
	quickAttempts = 20
	quickPause    = 50 * time.Microsecond
)

// remove removes the container's cgroup, and then the parents that no
// other container uses.
func (t *tree) remove(cgroup string, limit *waitLimit) error {
	if t.created {
		if err := t.removeBusy(cgroup, limit); err != nil {
			return err
		}
		t.created = false
	}
	if err := t.lock.release(); err != nil {
		return err
	}
	if t.nameLock != unlocked {
		if err := t.removeNames(); err != nil {
			return err
		}
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

// waitLimit bounds a wait for the kernel. It counts the pauses and not a time by the
// clock, for the whole machine may have stood still meanwhile.
type waitLimit struct{ waited time.Duration }

// pause waits for so long, or reports that the limit is reached.
func (w *waitLimit) pause(length time.Duration) bool {
	if w.waited >= removeTimeout {
		return false
	}
	time.Sleep(length)
	w.waited += length
	return true
}

// removeBusy removes the container's cgroup, and kills what still lives in it.
func (t *tree) removeBusy(cgroup string, limit *waitLimit) error {
	for attempt := 0; ; attempt++ {
		err := t.rmdir(cgroup)
		if err == nil || !errors.Is(err, unix.EBUSY) {
			return err
		}
		if attempt < quickAttempts {
			time.Sleep(quickPause)
			continue
		}
		if killErr := t.kill(cgroup); killErr != nil {
			return killErr
		}
		if !limit.pause(removePause) {
			return err
		}
	}
}

// rmdir removes a container's cgroup.
func (t *tree) rmdir(cgroup string) error {
	err := t.controllers[0].Remove(cgroup)
	if err == nil {
		t.manager.changed(Remove, t.Dir(cgroup), "", whyRemove)
	}
	return err
}
