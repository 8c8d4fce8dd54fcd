package cgroups

import (
	"errors"
	"fmt"
	"os"
	"path"
	"slices"

	"golang.org/x/sys/unix"

	"mydocker/utils"
)

// ClearLeftovers removes the cgroups that earlier runs under the same parent
// left behind because they were killed, with whatever still runs inside. It
// never touches a container whose mydocker is alive: see lock.
func (m *CgroupManager) ClearLeftovers() error {
	parent, own := path.Split(m.Path)
	var errs []error
	for _, t := range m.trees {
		names, err := t.containers(path.Clean(parent))
		if err != nil {
			errs = append(errs, fmt.Errorf("clear leftovers: %w", err))
		}
		for _, name := range names {
			if name == own {
				continue
			}
			if err := m.clear(parent + name); err != nil {
				errs = append(errs, fmt.Errorf("clear leftover %s: %w", name, err))
			}
		}
	}
	return errors.Join(errs...)
}

// containers lists the containers below parent, live or not, if there is any
// but the caller's own.
func (t *tree) containers(parent string) ([]string, error) {
	dir := t.Dir(parent)
	if alone(dir) {
		return nil, nil
	}
	names, err := subdirectories(dir)
	if utils.Gone(err) { // the last container took it away
		return nil, nil
	}
	return slices.DeleteFunc(names, func(name string) bool {
		return !utils.IsID(name) || !t.isContainer(path.Join(parent, name))
	}), err
}

// alone reports whether there is but one cgroup below dir, which is the
// caller's own: a directory of a cgroup file system has two links and one more
// for each subdirectory. It saves reading the directory at nearly every start.
func alone(dir string) bool {
	var stat unix.Stat_t
	return unix.Stat(dir, &stat) == nil && stat.Nlink == 3
}

// isContainer tells a container's cgroup from one that somebody else made and
// from a parent. Below a parent that is ours it need not have got its mark yet,
// when its mydocker was killed.
func (t *tree) isContainer(cgroup string) bool {
	if t.ours(path.Dir(cgroup)) {
		return !t.marked(cgroup, parentMark)
	}
	return t.marked(cgroup, containerMark)
}

// clear removes one cgroup from every tree if nobody has locked it in any: a
// run that sees other hierarchies than this one locks those that it sees.
func (m *CgroupManager) clear(cgroup string) error {
	var release utils.Undo
	var errs []error
	for _, t := range m.trees {
		if !isThere(t.Dir(cgroup)) {
			continue
		}
		held := unlocked
		dead, err := held.tryAcquire(t.Dir(cgroup))
		if err != nil || !dead {
			return errors.Join(err, release.Run())
		}
		release.Add(held.release)
	}
	for _, t := range slices.Backward(m.trees) {
		errs = append(errs, removeBusy(t.controllers[0], t.Hierarchy, cgroup))
	}
	err := errors.Join(append(errs, release.Run())...)
	if err == nil {
		m.log.WithField("cgroup", cgroup).Info("cleared the leftover of a run that was killed")
	}
	return err
}

func isThere(path string) bool {
	var stat unix.Stat_t
	return unix.Stat(path, &stat) == nil
}

// subdirectories lists the cgroups directly below dir.
func subdirectories(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, entry := range entries {
		if entry.IsDir() {
			names = append(names, entry.Name())
		}
	}
	return names, nil
}
