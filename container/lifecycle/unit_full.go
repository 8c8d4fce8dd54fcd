//go:build !front

package lifecycle

import (
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/mydocker/mydocker/cgroups/systemd"
)

// unit is the systemd unit of a container.
type unit struct{ scope *systemd.Unit }

func newUnit(plan *Plan, id string) (*unit, error) {
	if err := systemd.Check(); err != nil {
		return nil, err
	}
	scope, err := systemd.Parse(plan.CgroupsPath, id, plan.Annotations)
	return &unit{scope}, err
}

func (u *unit) name() string { return u.scope.Name }

func (u *unit) start(pid int, resources *specs.LinuxResources) (path string, err error) {
	return systemd.Start(u.scope, pid, resources)
}

func updateUnit(unit string, dirs map[string]string, resources *specs.LinuxResources, change func() error) error {
	return systemd.Update(unit, dirs, resources, change)
}

func stopUnit(unit string) error { return systemd.Stop(unit) }
