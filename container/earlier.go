package container

import (
	"errors"
	"maps"
	"path"
	"slices"

	"github.com/sirupsen/logrus"

	"github.com/mydocker/mydocker/cgroups/group"
	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/container/running"
)

// ClearEarlier ends and removes what is left of a container whose supervisor was killed: its cgroups,
// and processes that the kernel is not done with, or that were paused. The caller has the
// lock of the container, which is config's Supervised.
func ClearEarlier(config *Config, log *logrus.Logger) error {
	r := &run{config: config, log: log}
	if err := r.checkPrivileges(); err != nil {
		return err
	}
	config.Resources = &subsystems.ResourceConfig{} // the limits do not matter, and the host may have changed
	if err := r.findCgroups(); err != nil {
		return err
	}
	return r.clearEarlier()
}

// clearEarlier looks also where the earlier run was by its own record: its caller may have been in
// another cgroup, below which its cgroups were made.
func (r *run) clearEarlier() error {
	earlier, err := running.EarlierIn(r.config.Supervised.Container.Dir, r.id)
	if err != nil || earlier == nil {
		return errors.Join(err, r.cgroups.ClearEarlier(nil))
	}
	dirs := earlier.Cgroups
	maps.DeleteFunc(dirs, func(_, dir string) bool { return path.Base(dir) != r.id })
	if err := group.Open(dirs).Kill(); err != nil {
		return err
	}
	return r.cgroups.ClearEarlier(slices.Sorted(maps.Values(dirs)))
}
