package lifecycle

import (
	"errors"
	"fmt"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// killedWithin is how long, in milliseconds, a killed process may take to end.
const killedWithin = 10_000

// Delete removes a container that has ended, or was never started. With force it is ended before.
func (c *Container) Delete(force bool) error {
	if c.destroyed {
		return nil
	}
	status, err := c.Status()
	if err != nil && !force {
		return err
	}
	if !force && status != specs.StateStopped && status != specs.StateCreated {
		return fmt.Errorf("cannot delete container %s that is not stopped: %s", c.ID, status)
	}
	if err := c.Lock(); err != nil && !force { // with force whoever has it is ended with the container
		return err
	}
	return c.destroy()
}

// destroy ends what still runs and takes back what create has made.
func (c *Container) destroy() error {
	there, err := c.signalInit(unix.SIGKILL)
	if err == nil && there {
		err = errors.Join(c.group().Kill(), c.awaitEnd(killedWithin)) // frozen it would not end
	}
	if err != nil {
		return err
	}
	hooks, err := c.hooks()
	if err != nil {
		hooks = &specs.Hooks{}
	}
	if err := errors.Join(err, c.removeCgroups(), c.remove()); err != nil {
		return err
	}
	c.destroyed = true
	return runHooks(hooks.Poststop, hookPoststop, c.stateAs(specs.StateStopped), outside(c.Bundle))
}

// Discard removes a container that has no record that can be read: nothing but its directory can
// be there, for cgroups and processes come after the record.
func (r *Root) Discard(id string) error {
	c, err := r.open(id)
	if err != nil {
		return err
	}
	return errors.Join(c.remove(), c.Close())
}
