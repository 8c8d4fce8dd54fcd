package lifecycle

import (
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/mydocker/mydocker/container/wire"
)

// hasHooks reports whether init has to wait for hooks: the plan says where.
func (c *creation) hasHooks() bool {
	return slices.ContainsFunc(c.plan.Message.Operations, func(o wire.Operation) bool { return o.Kind == wire.OpHooks })
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
	if err := runHooks(h.Prestart, hookPrestart, state, outside); err != nil { //nolint:staticcheck // deprecated, and what Docker uses
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
