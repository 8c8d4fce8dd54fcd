package cgroups

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// ClearEarlier removes what an earlier run of the same container has left because it was killed. It
// is called before Set by who has the container for himself, and waits for the end of processes that the
// kernel is not done with. In dirs is where that run's cgroups were, as far as it is known; nothing runs
// there any more.
func (m *CgroupManager) ClearEarlier(dirs []string) error {
	if err := m.clearOwn(); err != nil {
		return err
	}
	for _, dir := range dirs {
		if err := subsystems.RemoveTree(dir); err != nil {
			return fmt.Errorf("clear the container's earlier cgroup: %w", err)
		}
		parent := path.Dir(dir)
		var stat unix.Stat_t
		if unix.Stat(parent, &stat) != nil || path.Base(parent) != path.Base(DefaultParent) && stat.Mode&unix.S_ISVTX == 0 {
			continue // gone, or not made by mydocker
		}
		if err := utils.Ignore(unix.Rmdir(parent), unix.ENOENT, unix.EBUSY, unix.ENOTEMPTY); err != nil {
			return &fs.PathError{Op: "rmdir", Path: parent, Err: err}
		}
	}
	return nil
}

// clearOwn clears what is where this run's cgroups are going to be.
func (m *CgroupManager) clearOwn() error {
	const patience, pause = 10 * time.Second, 2 * time.Millisecond
	if !m.isThere() {
		return nil
	}
	for since := time.Now(); ; time.Sleep(pause) {
		result, err := m.clear(m.id)
		if err != nil {
			return fmt.Errorf("clear the container's earlier cgroup: %w", err)
		}
		if result != busy && !m.isThere() {
			return m.removeParents()
		}
		if time.Since(since) > patience {
			return fmt.Errorf("the container's earlier cgroup %s is still in use", m.trees[0].dir())
		}
	}
}

// removeParents removes the parents that mydocker has made and that nobody uses.
func (m *CgroupManager) removeParents() error {
	var errs []error
	for _, t := range m.trees {
		errs = append(errs, t.removeParents(t.cgroup))
	}
	return errors.Join(errs...)
}

// isThere reports whether the container has a cgroup anywhere.
func (m *CgroupManager) isThere() bool {
	for _, t := range m.trees {
		if isThere(t.dir()) {
			return true
		}
	}
	return false
}
