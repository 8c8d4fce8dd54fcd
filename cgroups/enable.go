package cgroups

import (
	"errors"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// enable makes controller available to the children of parent on v2: each
// cgroup from the root down has to pass it on (cgroup-v2.rst, "Top-down
// constraint"). One that does so already is left alone, with all above it.
func (t *tree) enable(parent, controller string) error {
	dir := t.Dir(parent)
	enabled, err := t.enabledIn(dir)
	if err != nil || slices.Contains(enabled, controller) {
		return err
	}
	if parent != "/" {
		if err := t.enable(path.Dir(parent), controller); err != nil {
			return err
		}
	}
	offered, err := utils.ReadFile(dir + "/cgroup.controllers")
	if err != nil {
		return err
	}
	if !slices.Contains(strings.Fields(offered), controller) {
		return &MissingError{controller, notPassedOn(dir, controller)}
	}
	if t.free != dir {
		holds, err := holdsProcesses(dir)
		if err != nil {
			return err
		}
		if holds {
			return internalProcesses(controller, dir)
		}
		t.free = dir
	}
	return t.passOn(dir, controller)
}

// enabledIn lists the controllers that the cgroup at dir passes on. It is read once:
// no other run takes one back while there is a container below.
func (t *tree) enabledIn(dir string) ([]string, error) {
	if enabled, known := t.enabled[dir]; known {
		return enabled, nil
	}
	content, err := utils.ReadFile(dir + "/cgroup.subtree_control")
	if err != nil {
		return nil, err
	}
	if t.enabled == nil {
		t.enabled = map[string][]string{}
	}
	t.enabled[dir] = strings.Fields(content)
	return t.enabled[dir], nil
}

// passOn enables a controller for the children of the cgroup at dir.
func (t *tree) passOn(dir, controller string) error {
	err := utils.WriteFile(dir+"/cgroup.subtree_control", "+"+controller)
	if err == nil {
		t.manager.changed(Write, dir+"/cgroup.subtree_control", "+"+controller, whyEnable)
	}
	if errors.Is(err, unix.EBUSY) || errors.Is(err, unix.EOPNOTSUPP) {
		return internalProcesses(controller, dir)
	}
	return err
}

func internalProcesses(controller, dir string) error {
	return &MissingError{controller, dir + " holds processes itself, so it cannot pass it on; move them to a cgroup below it, or give an empty cgroup with --cgroup-parent"}
}

// holdsProcesses reports whether the cgroup at dir is one that may not pass
// controllers on because of the processes in it (cgroup-v2.rst, "No Internal
// Process Constraint"; the kernel's root, which has no cgroup.type, is free).
// The kernel says so itself only for some controllers. The threaded ones, such
// as cpu, it passes on, to threads of those processes: that makes dir a
// threaded domain, and no process can be in a new cgroup below it.
func holdsProcesses(dir string) (bool, error) {
	if !isThere(dir + "/cgroup.type") {
		return false, nil
	}
	processes, err := utils.ReadFile(dir + "/cgroup.procs")
	if errors.Is(err, unix.EOPNOTSUPP) { // it is for threads already
		return true, nil
	}
	return processes != "", err
}

// checkDomain refuses a v2 cgroup that no process can be in, since somebody
// has made the one above a place for threads.
func (t *tree) checkDomain(cgroup string) error {
	kind, err := utils.ReadFile(t.Dir(cgroup) + "/cgroup.type")
	if err == nil && kind == "domain invalid" {
		return internalProcesses(strings.Join(t.names(), ", "), t.Dir(path.Dir(cgroup)))
	}
	if errors.Is(err, unix.ENOENT) { // before Linux 4.14
		return nil
	}
	return err
}
