package cgroups

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// actAsKernel has the lock files come and go with the cgroups of a fake hierarchy, as
// the kernel does it.
func actAsKernel(t *testing.T, m *CgroupManager) {
	t.Helper()
	m.Watch = func(change Change) {
		if name := path.Base(change.Path); change.Verb == Make && (utils.IsID(name) || name == namesCgroup) {
			addLockFiles(t, change.Path, 0o644)
		}
	}
	for _, tree := range m.trees {
		if _, done := tree.controllers[0].(fakeRemoval); !done {
			tree.controllers[0] = fakeRemoval{tree.controllers[0], tree.Hierarchy}
		}
	}
}

// addLockFiles makes those of both versions in dir, if another run has not removed it.
func addLockFiles(t *testing.T, dir string, mode fs.FileMode) {
	t.Helper()
	for _, version := range []subsystems.Version{subsystems.V1, subsystems.V2} {
		if err := os.WriteFile(filepath.Join(dir, lockFile(version)), nil, mode); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	}
}

// fakeRemoval removes a directory with the lock files in it, at once.
type fakeRemoval struct {
	subsystems.Subsystem
	h *subsystems.Hierarchy
}

func (r fakeRemoval) Remove(cgroup string) error {
	others := false
	err := filepath.WalkDir(r.h.Dir(cgroup), func(file string, entry fs.DirEntry, err error) error {
		name := filepath.Base(file)
		others = others || err == nil && !entry.IsDir() && name != lockFile(subsystems.V1) && name != lockFile(subsystems.V2)
		return err
	})
	if err != nil || others {
		return r.Subsystem.Remove(cgroup)
	}
	removed, err := os.MkdirTemp(r.h.Mountpoint, ".removed")
	if err != nil {
		return err
	}
	if err := unix.Rename(r.h.Dir(cgroup), removed); err != nil {
		return r.Subsystem.Remove(cgroup) // somebody else was faster
	}
	return os.RemoveAll(removed)
}
