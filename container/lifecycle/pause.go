package lifecycle

import (
	"errors"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/mydocker/mydocker/cgroups/group"
)

// Pause stops all processes of a container, until Resume.
func (c *Container) Pause() error {
	status, err := c.Status()
	if err != nil {
		return err
	}
	if status != specs.StateRunning && status != specs.StateCreated {
		return ErrNotRunning
	}
	return c.group().Freeze()
}

// Resume lets them go on.
func (c *Container) Resume() error {
	status, err := c.Status()
	if err != nil {
		return err
	}
	if status != StatePaused {
		return errors.New("container not paused")
	}
	return c.group().Thaw()
}

// Update changes limits: those that are named, and no others.
func (c *Container) Update(resources *specs.LinuxResources) error {
	if err := c.checkThere(); err != nil {
		return err
	}
	return c.setResources(c.group(), resources)
}

func (c *Container) checkThere() error {
	alive, err := c.alive()
	if err == nil && !alive {
		err = ErrNotRunning
	}
	return err
}

// Stats is what a container has used.
func (c *Container) Stats() (*group.Stats, error) {
	if err := c.checkThere(); err != nil {
		return nil, err
	}
	return c.group().Stats()
}

// WatchOOM tells each time that the kernel kills in the container for want of memory.
func (c *Container) WatchOOM() (<-chan struct{}, error) { return c.group().WatchOOM() }
