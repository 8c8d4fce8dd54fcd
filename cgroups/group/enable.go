package group

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// enableAbove has every cgroup above dir pass controllers on, from the root of the hierarchy down (cgroup-v2.rst,
// "Top-down constraint"): those that are wanted, or all that it has. Where a controller is not to be had that is
// no failure before something asks for it.
func enableAbove(dir string, wanted ...string) error {
	var above []string
	for at := path.Dir(dir); unix.Access(at+"/cgroup.controllers", unix.F_OK) == nil; at = path.Dir(at) {
		above = append(above, at)
	}
	for _, at := range slices.Backward(above) {
		if err := passOn(at, wanted); err != nil {
			return err
		}
	}
	return nil
}

// enableAll gives the container all controllers where cgroup v2 is all there is, and not only those of its limits: its
// figures are read, and limits are set later. Beside v1 only what a limit needs is enabled (see apply): there others
// (crun, systemd) take v2 for a hierarchy without controllers.
func (g *Group) enableAll(dir string) error {
	if len(g.v1Dirs()) > 0 {
		return nil
	}
	return enableAbove(dir)
}

// passOn enables for the children of the cgroup at dir what it has, is wanted, and is not enabled yet.
func passOn(dir string, wanted []string) error {
	offered, err := words(dir + "/cgroup.controllers")
	if err != nil || len(offered) == 0 {
		return err
	}
	enabled, err := words(dir + "/cgroup.subtree_control")
	if err != nil {
		return err
	}
	missing := slices.DeleteFunc(offered, func(name string) bool {
		return slices.Contains(enabled, name) || len(wanted) > 0 && !slices.Contains(wanted, name)
	})
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

// awaitEnabled reports whether the controller's files are there after all. Another may just be enabling it: the
// kernel says so before the cgroups below have the files, and a write of the same takes until they have.
func (t *target) awaitEnabled() bool {
	if t.version == subsystems.V1 {
		return false
	}
	parent := path.Dir(t.dir)
	enabled, err := words(parent + "/cgroup.subtree_control")
	return err == nil && slices.Contains(enabled, t.name) && utils.WriteFile(parent+"/cgroup.subtree_control", "+"+t.name) == nil
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
