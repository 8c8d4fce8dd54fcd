package cgroups

import (
	"slices"

	"github.com/mydocker/mydocker/cgroups/subsystems"
)

// Update writes other limits into the cgroups of a container that lives. One for which it has no
// cgroup is a *MissingError, and then nothing is changed.
func (m *CgroupManager) Update(res *subsystems.ResourceConfig) error {
	for _, name := range subsystems.Names(res) {
		if !m.has(name) {
			return &MissingError{name, "the container was started without a cgroup of it; it has one after a restart"}
		}
	}
	for _, t := range m.trees {
		for _, s := range t.controllers {
			if err := m.updateOne(t, s, res); err != nil {
				return err
			}
		}
	}
	m.Resource = res
	return nil
}

// updateOne enables a controller of v2 where that is needed, and writes its limits.
func (m *CgroupManager) updateOne(t *tree, s subsystems.Subsystem, res *subsystems.ResourceConfig) error {
	if t.Version == subsystems.V2 && subsystems.IsController(s.Name()) && res.Sets(s.Name()) {
		if err := t.enable(t.parent(), s.Name()); err != nil {
			return err
		}
	}
	return s.Set(t.cgroup, res)
}

// has reports whether the container has a cgroup of a controller.
func (m *CgroupManager) has(name string) bool {
	return slices.ContainsFunc(m.trees, func(t *tree) bool { return slices.Contains(t.names(), name) })
}
