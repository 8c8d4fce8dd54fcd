package lifecycle

import (
	"github.com/opencontainers/runtime-spec/specs-go"
)

// hasHooks reports whether init has to wait for hooks.
func (c *creation) hasHooks() bool {
	h := c.plan.Hooks
	return h != nil && len(h.Prestart)+len(h.CreateRuntime)+len(h.CreateContainer) > 0 //nolint:staticcheck // deprecated, and what Docker uses
}

// runHooks waits until init has made all but the change of its root, runs what is to be run then,
// and has init go on.
func (c *creation) runHooks() error {
	if !c.hasHooks() {
		return nil
	}
	if err := c.awaitInit(); err != nil {
		return err
	}
	h, state := c.plan.Hooks, c.stateAs(specs.StateCreated)
	c.hooked = true
	outside := outside(c.Bundle)
	if err := runHooks(h.Prestart, hookPrestart, state, outside); err != nil { //nolint:staticcheck // see hasHooks
		return err
	}
	if err := runHooks(h.CreateRuntime, hookCreateRuntime, state, outside); err != nil {
		return err
	}
	if err := c.runCreateContainer(h.CreateContainer); err != nil {
		return err
	}
	return c.process.GoOn()
}

// endHooks runs those for the end of a container that was never created, if any others were run.
func (c *creation) endHooks() error {
	if !c.hooked {
		return nil
	}
	return runHooks(c.plan.Hooks.Poststop, hookPoststop, c.stateAs(specs.StateStopped), outside(c.Bundle))
}
