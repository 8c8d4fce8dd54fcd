package cgroups

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"mydocker/cgroups/subsystems"
	"mydocker/utils"
)

// createAttempts bounds the race with other runs that remove the parent while
// this one creates a child in it.
const createAttempts = 1000

// create makes the container's cgroup, and its parents where they are missing,
// and locks it.
func (t *tree) create(cgroup string) error {
	dir, parent := t.Dir(cgroup), path.Dir(cgroup)
	for range createAttempts {
		err := mkdir(dir)
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
		locked, err := t.lock.acquire(dir)
		if err != nil || locked {
			return err
		}
	}
	return fmt.Errorf("mkdir %s: %d times its parent was removed meanwhile", dir, createAttempts)
}

// ourMark is the extended attribute of a cgroup that some run of mydocker made
// as a parent: the last container that leaves it removes it, whoever that is.
// The kernel keeps it with the directory (Linux 5.7).
const ourMark = "user.mydocker"

// makeParents creates the missing cgroups down to parent and marks them.
func (t *tree) makeParents(parent string) error {
	if parent == "/" {
		return nil
	}
	err := mkdir(t.Dir(parent))
	if errors.Is(err, fs.ErrNotExist) {
		if err := t.makeParents(path.Dir(parent)); err != nil {
			return err
		}
		err = mkdir(t.Dir(parent))
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil || parent == DefaultParent {
		return err
	}
	// Where it cannot be marked it is left behind empty, no more.
	err = unix.Setxattr(t.Dir(parent), ourMark, []byte{'1'}, 0)
	if err == unix.ENOTSUP || err == unix.ENOENT {
		return nil
	}
	return err
}

// ours reports whether mydocker made the cgroup at parent.
func (t *tree) ours(parent string) bool {
	if parent == DefaultParent {
		return true
	}
	_, err := unix.Getxattr(t.Dir(parent), ourMark, make([]byte, 1))
	return err == nil
}

func mkdir(dir string) error {
	_, err := utils.Retry(func() (int, error) { return 0, unix.Mkdir(dir, 0o755) })
	if err != nil {
		return &fs.PathError{Op: "mkdir", Path: dir, Err: err}
	}
	return nil
}

// enable makes controller available to the children of parent on v2: each
// cgroup from the root down has to pass it on (cgroup-v2.rst, "Top-down
// constraint"). What is enabled already is left alone.
func enable(h *subsystems.Hierarchy, parent, controller string) error {
	if parent != "/" {
		if err := enable(h, path.Dir(parent), controller); err != nil {
			return err
		}
	}
	dir := h.Dir(parent)
	enabled, err := utils.ReadFile(dir + "/cgroup.subtree_control")
	if err != nil || slices.Contains(strings.Fields(enabled), controller) {
		return err
	}
	offered, err := utils.ReadFile(dir + "/cgroup.controllers")
	if err != nil {
		return err
	}
	if !slices.Contains(strings.Fields(offered), controller) {
		return &MissingError{controller, dir + "/cgroup.controllers does not list it; the cgroup above has to enable it"}
	}
	err = utils.WriteFile(dir+"/cgroup.subtree_control", "+"+controller)
	if errors.Is(err, unix.EBUSY) || errors.Is(err, unix.EOPNOTSUPP) {
		return &MissingError{controller, dir + " holds processes itself, so it cannot pass it on; give an empty cgroup with --cgroup-parent"}
	}
	return err
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
		if err := removeBusy(t.controllers[0], t.Hierarchy, cgroup); err != nil {
			return err
		}
		t.created = false
	}
	if err := t.lock.release(); err != nil {
		return err
	}
	for parent := path.Dir(cgroup); parent != "/" && t.ours(parent); parent = path.Dir(parent) {
		switch err := unix.Rmdir(t.Dir(parent)); err {
		case nil, unix.ENOENT:
		case unix.EBUSY, unix.ENOTEMPTY:
			return nil
		default:
			return &fs.PathError{Op: "rmdir", Path: t.Dir(parent), Err: err}
		}
	}
	return nil
}

// removeBusy removes a cgroup, and kills what still lives in it.
func removeBusy(s subsystems.Subsystem, h *subsystems.Hierarchy, cgroup string) error {
	for attempt := range quickAttempts + removeAttempts {
		err := s.Remove(cgroup)
		if err == nil || !errors.Is(err, unix.EBUSY) {
			return err
		}
		if attempt < quickAttempts {
			time.Sleep(quickPause)
			continue
		}
		if err := killAll(h.Dir(cgroup)); err != nil {
			return err
		}
		time.Sleep(removePause)
	}
	return s.Remove(cgroup)
}
