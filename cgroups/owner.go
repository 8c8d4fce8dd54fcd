package cgroups

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// usurped reports whether the lock of the container called name, which somebody
// has, is held by nobody who could be its mydocker. A container that runs as the
// owner of its cgroup can wait for the lock, and gets it when its mydocker is killed:
// it would look alive for ever.
//
// Its mydocker takes both locks in each hierarchy before there is a process in any,
// and keeps them while it lives. So if there is a process, and nobody outside of the
// container has the lock of fcntl(2), its mydocker is dead. The lock is looked at before
// and after the processes, since the container may be in the middle of its creation. One
// that was removed while it was created, and is made anew, has other locks now.
func (t *tree) usurped(l lock, name string, asked ...string) bool {
	if t.ownedFromOutside(l, name, asked) {
		return false
	}
	return t.manager.hasProcesses(name) && !t.ownedFromOutside(l, name, asked) && l.isAt(t.lockFileOf(name))
}

// hasProcesses reports whether there is a process in the container called name, in one
// of the hierarchies: on v1 it can leave the others.
func (m *CgroupManager) hasProcesses(name string) bool {
	return slices.ContainsFunc(m.trees, func(t *tree) bool {
		pids, err := processes(t.Dir(t.sibling(name)))
		return err == nil && len(pids) > 0
	})
}

// ownedFromOutside reports whether a process that is not in the container called name
// owns its lock, as far as can be told. One that is in another container beside it,
// whose lock is usurped, too, counts as inside: so two containers that hold each
// other's lock do not keep each other. The names in asked are those that the
// question comes from.
func (t *tree) ownedFromOutside(l lock, name string, asked []string) bool {
	pid, err := l.owner()
	if err != nil || pid == unseen {
		return true
	}
	if pid == nobody {
		return false
	}
	in, err := containersOf(pid)
	if err != nil && !utils.Gone(err) {
		return true
	}
	asked = append(slices.Clone(asked), name)
	inside := slices.ContainsFunc(in, func(other string) bool {
		return slices.Contains(asked, other) || t.siblingIsUsurped(other, asked)
	})
	ended := err != nil && unix.Kill(pid, 0) == unix.ESRCH
	return !inside && !ended || !procIsOwn()
}

// siblingIsUsurped is usurped for another container beside this one.
func (t *tree) siblingIsUsurped(name string, asked []string) bool {
	other := unlocked
	if name == t.manager.id {
		return false
	}
	ours, err := other.open(t.lockFileOf(name))
	if err != nil || !ours {
		return false
	}
	free, err := other.try()
	usurped := err == nil && !free && t.usurped(other, name, asked...)
	return errors.Join(err, other.release()) == nil && usurped
}

// What a lock of fcntl(2) may have in place of an owner.
const (
	nobody = 0
	// unseen is one in a PID namespace that is not below the caller's.
	unseen = -1
)

// owner returns the process that has the lock of fcntl(2). A lock that belongs to an
// open file (F_OFD_SETLK) is nobody's: mydocker takes none there.
func (l lock) owner() (int, error) {
	held := unix.Flock_t{Type: unix.F_WRLCK}
	if err := unix.FcntlFlock(uintptr(l), unix.F_GETLK, &held); err != nil {
		return nobody, err
	}
	switch {
	case held.Type == unix.F_UNLCK || held.Pid < 0:
		return nobody, nil
	case held.Pid == 0:
		return unseen, nil
	}
	return int(held.Pid), nil
}

// containersOf lists the names of the containers that the process is in. The error is
// utils.Gone if there is no such process. Then the process that took the lock has ended,
// and one that shared its table of descriptors (CLONE_FILES) still holds it, which none
// of mydocker's does.
func containersOf(pid int) ([]string, error) {
	content, err := utils.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, name := range strings.FieldsFunc(content, func(r rune) bool { return r == '/' || r == '\n' }) {
		if utils.IsID(name) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, nil
}

// procIsOwn reports whether /proc knows processes by the numbers that they have for
// this process. It may be that of another PID namespace.
func procIsOwn() bool {
	self, err := os.Readlink("/proc/self")
	return err == nil && self == strconv.Itoa(os.Getpid())
}
