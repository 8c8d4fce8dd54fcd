package cgroups

import (
	"fmt"
	"path"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// NotDelegatedError says that an ordinary user has no cgroup to make others in.
type NotDelegatedError struct{ Reason string }

func (e *NotDelegatedError) Error() string {
	return "no cgroup is delegated to this user: " + e.Reason
}

// DelegatedParent returns the cgroup parent for the containers of an ordinary
// user: "mydocker" in the nearest v2 cgroup, from the caller's own upwards, that
// the caller may write and that holds no processes (cgroup-v2.rst, "Delegation
// Containment" and "No Internal Process Constraint"). It returns
// *NotDelegatedError if there is none. Cgroup v1 is never delegated.
func DelegatedParent(layout Layout) (string, error) {
	h := layout.v2()
	if h == nil {
		return "", &NotDelegatedError{"on cgroup v1 only root can set limits"}
	}
	membership, err := utils.ReadFile("/proc/self/cgroup")
	if err != nil {
		return "", err
	}
	own := cgroupOf(membership, h)
	return delegatedParent(h, own)
}

// CheckParent returns *NotDelegatedError if an ordinary user who asks for that
// cgroup parent may make it, or a cgroup in it, in none of the hierarchies.
func CheckParent(layout Layout, parent string) error {
	others := ""
	for _, h := range layout {
		dir := h.Dir(parent)
		for dir != h.Mountpoint && unix.Access(dir, unix.F_OK) == unix.ENOENT {
			dir = path.Dir(dir)
		}
		if unix.Faccessat(unix.AT_FDCWD, dir, unix.W_OK|unix.X_OK, unix.AT_EACCESS) == nil {
			return nil
		}
		if others == "" || dir < others { // the same each time
			others = dir
		}
	}
	if others == "" {
		return nil
	}
	return &NotDelegatedError{others + " belongs to another"}
}

func delegatedParent(h *subsystems.Hierarchy, own string) (string, error) {
	mayWrite := false
	for name := own; h.DirOf(name) != h.Mountpoint; name = path.Dir(name) {
		dir := h.DirOf(name)
		if !writable(dir) {
			continue
		}
		mayWrite = true
		holds, err := holdsProcesses(dir)
		if err != nil {
			return "", err
		}
		if !holds {
			return dir[len(h.Mountpoint):] + DefaultParent, nil
		}
		if holdsBack(h, dir[len(h.Mountpoint):]) {
			break
		}
	}
	if mayWrite { // its own, as it is the nearest
		return "", &NotDelegatedError{fmt.Sprintf("%s is, but it holds processes, and so cannot pass controllers on; move them to a cgroup below it", h.DirOf(own))}
	}
	return "", &NotDelegatedError{h.DirOf(own) + " belongs to another (see systemd-run --user --scope -p Delegate=yes)"}
}

// writable reports whether the caller may make cgroups in the one at dir and
// move processes out of it.
func writable(dir string) bool {
	for _, file := range []string{dir, dir + "/cgroup.procs", dir + "/cgroup.subtree_control"} {
		if unix.Faccessat(unix.AT_FDCWD, file, unix.W_OK, unix.AT_EACCESS) != nil {
			return false
		}
	}
	return true
}

// v2 returns the v2 hierarchy, if one of the controllers is there.
func (l Layout) v2() *subsystems.Hierarchy {
	for _, h := range l {
		if h.Version == subsystems.V2 {
			return h
		}
	}
	return nil
}

// DropDefaults lifts all limits, and reports whether there were any, or returns
// err if the user asked for one of them.
func DropDefaults(res *subsystems.ResourceConfig, err error) (dropped bool, _ error) {
	for _, name := range subsystems.Names(res) {
		if res.Asked(name) {
			return false, fmt.Errorf("the %s limit: %w", name, err)
		}
	}
	for _, name := range subsystems.Names(res) {
		dropped = dropped || res.Sets(name)
		res.Drop(name)
	}
	return dropped, nil
}
