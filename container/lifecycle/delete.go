package lifecycle

import (
	"errors"
	"fmt"
	"time"

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
	if err := c.Lock(); err != nil { // with force whoever has it is ended with the container
		if !force {
			return err
		}
		if err := c.awaitInit(err); err != nil {
			return err
		}
	}
	return c.destroy()
}

// awaitInit waits until who has the container locked, and is creating it, has an init that can be
// ended, or has given up: without, it would go on, with a container that nobody finds.
func (c *Container) awaitInit(err error) error {
	const pause = 10 // milliseconds
	var busy *BusyError
	for waited := 0; c.Pid == 0 && errors.As(err, &busy) && waited < killedWithin; waited += pause {
		time.Sleep(pause * time.Millisecond)
		err = c.Lock()
		c.read() //nolint:errcheck // it may have no record yet
	}
	if c.Pid != 0 {
		return nil
	}
	return err
}

// ending is a container that is removed.
type ending struct {
	*Container
	hooks *specs.Hooks
}

func deleteSteps() []step[*ending] {
	return []step[*ending]{
		{"find hooks", (*ending).findHooks},
		{"end processes", (*ending).endProcesses},
		{"remove cgroups", (*ending).removeCgroups},
		{"remove mounts", (*ending).removeMounts},
		{"remove the directory", (*ending).removeDirectory},
		{"run poststop hooks", (*ending).runHooks},
	}
}

// destroy ends what still runs and takes back what create has made. It can be done again where it
// was interrupted: the directory goes last.
func (c *Container) destroy() error { return work(&ending{Container: c}, deleteSteps(), c.done) }

// findHooks comes before their file is removed. One that is damaged is no reason to keep the
// container.
func (e *ending) findHooks() (err error) {
	if e.hooks, err = e.readHooks(); err != nil {
		e.warn(fmt.Errorf("no hooks are run: %w", err))
		e.hooks = &specs.Hooks{}
	}
	return nil
}

func (e *ending) endProcesses() error {
	there, err := e.signalInit(unix.SIGKILL)
	if err == nil && there {
		err = errors.Join(e.group().Kill(), e.awaitEnd(killedWithin)) // frozen it would not end
	}
	return err
}

func (e *ending) removeDirectory() error {
	err := e.remove()
	e.destroyed = err == nil
	return err
}

// runHooks warns of hooks that fail: nothing is left that could be ended.
func (e *ending) runHooks() error {
	if err := runHooks(e.hooks.Poststop, hookPoststop, e.stateAs(specs.StateStopped), outside(e.Bundle)); err != nil {
		e.warn(err)
	}
	return nil
}

// Discard removes a container that has no record that can be read: nothing but its directory can
// be there, for cgroups and processes come after the record. One that has got a record meanwhile is
// deleted.
func (r *Root) Discard(id string) (err error) {
	c, err := r.open(id)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	if err := c.Lock(); err != nil {
		if err := c.awaitInit(err); err != nil {
			return err
		}
	}
	if c.read() == nil {
		return c.destroy()
	}
	return c.remove()
}
