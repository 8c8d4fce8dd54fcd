package cgroups

import (
	"errors"
	"fmt"
	"slices"

	"github.com/mydocker/mydocker/cgroups/subsystems"
)

// Update writes other limits into the cgroups of a container that lives. Where one cannot be had, all
// are what they were. One for which the container has no cgroup is a *MissingError.
func (m *CgroupManager) Update(res *subsystems.ResourceConfig) error {
	if !res.CPUs.Asked {
		res.CPUs = m.Resource.CPUs // those that were chosen for it
	}
	for _, name := range subsystems.Names(res) {
		switch {
		case !res.Sets(name):
		case !res.Asked(name) && !m.Resource.Sets(name): // a default that was left out at the start
			res.Drop(name)
		case !m.has(name):
			return &MissingError{name, "the container was started without a cgroup of it"}
		}
	}
	if err := res.FindDevices(); err != nil {
		return err
	}
	if err := m.updateAll(m.Resource, res); err != nil {
		if undone := m.updateAll(res, m.Resource); undone != nil {
			err = fmt.Errorf("%w; and the limits that were in force are not all again: %w", err, undone)
		}
		return err
	}
	m.Resource = res
	return nil
}

func (m *CgroupManager) updateAll(from, to *subsystems.ResourceConfig) error {
	var errs []error
	for _, t := range m.trees {
		for _, name := range t.names() {
			if err := m.updateOne(t, name, from, to); err != nil {
				errs = append(errs, WithCause(err, t.Version))
			}
		}
	}
	return errors.Join(errs...)
}

// updateOne enables a controller of v2 where that is needed, and writes its limits.
func (m *CgroupManager) updateOne(t *tree, name string, from, to *subsystems.ResourceConfig) error {
	if !subsystems.IsController(name) || !from.Sets(name) && !to.Sets(name) {
		return nil
	}
	if t.Version == subsystems.V2 {
		if err := t.enable(t.parent(), name); err != nil {
			return err
		}
	}
	return subsystems.Update(name, t.Hierarchy, t.cgroup, from, to, m.observe)
}

// has reports whether the container has a cgroup of a controller.
func (m *CgroupManager) has(name string) bool {
	return slices.ContainsFunc(m.trees, func(t *tree) bool { return slices.Contains(t.names(), name) })
}
