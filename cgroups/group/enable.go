package group

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// enableAbove has every cgroup above dir pass on the controllers that it has, from the root of the
// hierarchy down (cgroup-v2.rst, "Top-down constraint"). The container gets all that are to be had, and not
// only those of its limits: its figures are read, and limits are set later. Where a controller is
// not to be had that is no failure before something asks for it.
func enableAbove(mountpoint, dir string) error {
	var above []string
	for at := path.Dir(dir); utils.IsAt(at, mountpoint); at = path.Dir(at) {
		above = append(above, at)
	}
	slices.Reverse(above)
	for _, at := range above {
		if err := passOn(at); err != nil {
			return err
		}
	}
	return nil
}

// passOn enables for the children of the cgroup at dir what it has, and does not pass on yet.
func passOn(dir string) error {
	offered, err := words(dir + "/cgroup.controllers")
	if err != nil || len(offered) == 0 {
		return err
	}
	enabled, err := words(dir + "/cgroup.subtree_control")
	if err != nil {
		return err
	}
	missing := slices.DeleteFunc(offered, func(name string) bool { return slices.Contains(enabled, name) })
	if len(missing) == 0 {
		return nil
	}
	holds, err := holdsProcesses(dir)
	if err != nil || holds {
		return err
	}
	file := dir + "/cgroup.subtree_control"
	if utils.WriteFile(file, "+"+strings.Join(missing, " +")) == nil {
		return nil
	}
	for _, name := range missing { // one that cannot be had keeps none of the others away
		err := utils.WriteFile(file, "+"+name)
		if err != nil && !isForbidden(err) && !isHeldBack(err) {
			return err
		}
	}
	return nil
}

// isHeldBack is what the kernel says of a controller that this cgroup cannot pass on: processes, or real-time
// ones of the whole host, are in the way, or it is for threads.
func isHeldBack(err error) bool {
	return errors.Is(err, unix.EBUSY) || errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOENT) || errors.Is(err, unix.EINVAL)
}

// words reads a list of a cgroup file.
func words(file string) ([]string, error) {
	content, err := utils.ReadFile(file)
	return strings.Fields(content), err
}

// holdsProcesses reports whether the cgroup at dir may not pass controllers on because of the processes
// in it (cgroup-v2.rst, "No Internal Process Constraint"); the kernel's root, which has no cgroup.type,
// always may. The kernel refuses it for some controllers only. With the others it makes dir a
// threaded domain, and no process can be in a cgroup below.
func holdsProcesses(dir string) (bool, error) {
	if unix.Access(dir+"/cgroup.type", unix.F_OK) != nil {
		return false, nil
	}
	pids, err := utils.ReadFile(dir + "/cgroup.procs")
	if errors.Is(err, unix.EOPNOTSUPP) { // it is for threads already
		return true, nil
	}
	return pids != "", err
}

// whyMissing says why the v2 cgroup at dir lacks a controller.
func whyMissing(dir, controller string) error {
	for at := path.Dir(dir); ; at = path.Dir(at) {
		offered, err := words(at + "/cgroup.controllers")
		if err != nil {
			return fmt.Errorf("no cgroup hierarchy has the controller %s", controller)
		}
		if !slices.Contains(offered, controller) {
			continue
		}
		if holds, err := holdsProcesses(at); err == nil && holds {
			return fmt.Errorf("the cgroup %s holds processes itself, so it cannot pass the controller %s on; move them to a cgroup below it", at, controller)
		}
		return fmt.Errorf("the cgroup %s does not pass the controller %s on", at, controller)
	}
}
