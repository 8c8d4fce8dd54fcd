package container

import (
	"github.com/sirupsen/logrus"

	"github.com/mydocker/mydocker/cgroups/subsystems"
)

// ClearEarlier ends and removes what is left of a container whose supervisor was killed: its cgroups,
// and processes that the kernel is not done with, or that were paused. The caller has the container
// for himself (config's Supervised).
func ClearEarlier(config *Config, log *logrus.Logger) error {
	r := &run{config: config, log: log}
	if err := r.checkPrivileges(); err != nil {
		return err
	}
	config.Resources = &subsystems.ResourceConfig{} // the limits do not matter, and the host may have changed
	if err := r.findCgroups(); err != nil {
		return err
	}
	return r.cgroups.ClearEarlier()
}
