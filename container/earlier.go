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
	"github.com/mydocker/mydocker/container/state"
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

// KillEarlier ends the processes that are left of a container whose spec nobody can read. Its cgroups go with the
// next run.
func KillEarlier(c *state.Container) error {
	dirs, err := earlierCgroups(c)
	if err != nil {
		return err
	}
	return group.Open(dirs).Kill()
}

// clearEarlier looks also where the earlier run was by its own record: its caller may have been in
// another cgroup, below which its cgroups were made.
func (r *run) clearEarlier() error {
	dirs, err := earlierCgroups(r.config.Supervised.Container)
	if err == nil {
		if err := group.Open(dirs).Kill(); err != nil {
			return err
		}
	}
	return errors.Join(err, r.cgroups.ClearEarlier(slices.Sorted(maps.Values(dirs))))
}

// earlierCgroups are the container's own cgroups, by the record of a run that was killed.
func earlierCgroups(c *state.Container) (map[string]string, error) {
	earlier, err := running.EarlierIn(c.Dir, c.ID)
	if err != nil || earlier == nil {
		return nil, err
	}
	maps.DeleteFunc(earlier.Cgroups, func(_, dir string) bool { return path.Base(dir) != c.ID })
	return earlier.Cgroups, nil
}
