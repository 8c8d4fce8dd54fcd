package lifecycle

import (
	"errors"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/mydocker/mydocker/cgroups/group"
)

// findUnit finds the name of the systemd unit. Where its cgroups are is known when systemd has
// made it.
func (c *creation) findUnit() (err error) {
	c.groups = group.Open(nil)
	if c.unit, err = newUnit(c.plan, c.ID); err == nil {
		c.Unit = c.unit.name()
	}
	return err
}

// enterUnit has systemd make the unit for init, which waits for its message meanwhile.
func (c *creation) enterUnit() error {
	if c.unit == nil {
		return nil
	}
	path, err := c.unit.start(c.Pid, c.plan.Resources)
	if err != nil {
		return err
	}
	c.undo.Add(c.removeCgroups)
	if c.groups, err = group.OfSystemd(path, c.ID); err != nil {
		return err
	}
	c.Cgroups = c.groups.Dirs
	if err := c.save(); err != nil {
		return err
	}
	if err := c.groups.Adopt(c.Pid); err != nil {
		return err
	}
	return c.save() // without those that the caller may not make
}

// setResources writes limits, and has systemd know of them.
func (c *Container) setResources(groups *group.Group, resources *specs.LinuxResources) error {
	resources = named(c.OCIVersion, resources)
	change := func() error { return groups.Set(resources) }
	if c.Unit == "" {
		return change()
	}
	return updateUnit(c.Unit, groups.Dirs, resources, change)
}

// removeCgroups removes them, with what is left in them. A create that was killed before it had an
// init may not have known yet that they are another's.
func (c *Container) removeCgroups() error {
	if c.Pid == 0 {
		return c.group().Destroy()
	}
	if c.Unit == "" {
		return c.group().Clear()
	}
	return errors.Join(stopUnit(c.Unit), c.group().Clear())
}
