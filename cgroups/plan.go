package cgroups

import (
	"path"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
)

// Plan lists what Set does, without looking at what is there already: it depends on
// the limits and on where the hierarchies are, and on nothing else.
func (m *CgroupManager) Plan() []Change {
	var plan []Change
	for _, t := range m.trees {
		for _, parent := range t.parents() {
			plan = append(plan, Change{Verb: Make, Path: t.Dir(parent), Mode: parentMode, Why: whyParent, Shared: true})
		}
		plan = append(plan, Change{Verb: Make, Path: t.dir(), Mode: makingMode, Why: whyOwn})
		for _, s := range t.controllers {
			settings := m.Resource.Settings(s.Name(), t.Version)
			if t.Version == subsystems.V2 && subsystems.IsController(s.Name()) && (len(settings) > 0 || slices.Contains(t.counted, s.Name())) {
				plan = append(plan, t.planEnable(s.Name())...)
			}
			for _, setting := range settings {
				plan = append(plan, t.planSetting(s.Name(), setting)...)
			}
		}
	}
	return plan
}

// PlanRemoval lists what Destroy does.
func (m *CgroupManager) PlanRemoval() []Change {
	var plan []Change
	for _, t := range slices.Backward(m.trees) {
		plan = append(plan, Change{Verb: Remove, Path: t.dir(), Why: whyRemove})
		for _, parent := range slices.Backward(t.parents()) {
			plan = append(plan, Change{Verb: Remove, Path: t.Dir(parent), Why: whyUnused, Shared: true})
		}
	}
	return plan
}

// PlanEntry lists what a process writes to be in the container's cgroups.
func (m *CgroupManager) PlanEntry() []Change {
	var plan []Change
	for _, t := range m.trees {
		plan = append(plan, Change{Verb: Write, Path: t.dir() + "/cgroup.procs", Value: "0", Why: whyEnter})
	}
	return plan
}

// parents lists the cgroups between base and the container's, from the top down.
func (t *tree) parents() []string { return t.above(t.base) }

// above lists the cgroups above the container's up to top, without that, from the
// top down.
func (t *tree) above(top string) []string {
	var parents []string
	for parent := t.parent(); parent != top && parent != "/"; parent = path.Dir(parent) {
		parents = append(parents, parent)
	}
	slices.Reverse(parents)
	return parents
}

func (t *tree) planEnable(controller string) []Change {
	var plan []Change
	for _, parent := range append([]string{"/"}, t.above("/")...) {
		plan = append(plan, Change{Verb: Write, Path: t.Dir(parent) + "/cgroup.subtree_control", Value: "+" + controller, Why: whyEnable, Shared: true})
	}
	return plan
}

// planSetting plans a value. On v1 an empty cpuset is filled from the one above,
// in the parents, too.
func (t *tree) planSetting(controller string, s subsystems.Setting) []Change {
	var plan []Change
	if controller == subsystems.CPUSetName && t.Version == subsystems.V1 {
		for _, parent := range t.parents() {
			plan = append(plan, Change{Verb: Write, Path: t.Dir(parent) + "/" + s.File, From: t.Dir(path.Dir(parent)) + "/" + s.File, Why: subsystems.WhyFill, Shared: true})
		}
	}
	own := t.planWrite(&s)
	if s.Value == "" && s.Program == nil {
		own.From = t.Dir(t.parent()) + "/" + s.File
	}
	return append(plan, *own)
}

func (t *tree) planWrite(s *subsystems.Setting) *Change {
	if s == nil {
		return nil
	}
	if s.Program != nil {
		return &Change{Verb: Attach, Path: t.dir(), Why: s.Why}
	}
	return &Change{
		Verb: Write, Path: t.dir() + "/" + s.File, Value: s.Value, Why: s.Why,
		Optional: s.Optional, Else: t.planWrite(s.Else),
	}
}

// KeepWritable leaves the hierarchies out of the plans in which the caller may make
// no cgroup.
func (m *CgroupManager) KeepWritable() {
	m.trees = slices.DeleteFunc(m.trees, func(t *tree) bool {
		dir := t.Dir(t.parent())
		for dir != t.Mountpoint && unix.Access(dir, unix.F_OK) == unix.ENOENT {
			dir = path.Dir(dir)
		}
		return unix.Faccessat(unix.AT_FDCWD, dir, unix.W_OK|unix.X_OK, unix.AT_EACCESS) != nil
	})
}
