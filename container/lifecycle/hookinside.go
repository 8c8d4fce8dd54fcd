package lifecycle

import (
	"errors"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/mydocker/mydocker/container/wire"
)

// Inside is what a startContainer hook starts with, which is found in the container and may be
// anybody's: no more than the command does.
type Inside struct {
	Env        []string     `json:"env"`
	Attributes wire.Process `json:"attributes"`
	Process    Process      `json:"process"`
}

func insideOf(plan *Plan) *Inside {
	if plan.Hooks == nil || len(plan.Hooks.StartContainer) == 0 {
		return nil
	}
	inside := &Inside{Env: plan.Message.Env, Attributes: plan.Message.Process, Process: plan.Process}
	inside.Attributes.Hostname, inside.Attributes.Domainname, inside.Attributes.Sysctls = "", "", nil
	inside.Process.Terminal = false
	return inside
}

// runCreateContainer runs hooks that are found on the host, in the namespaces of init, which has
// not changed its root yet. They begin in the container's root, as with runc: the specification
// leaves that open, and the bundle is not always one that root of a user namespace may enter.
func (c *creation) runCreateContainer(list []specs.Hook) error {
	exec := Exec{Message: wire.Config{Env: c.plan.Message.Env, Process: wire.Process{Dir: c.Rootfs}}}
	return c.runInside(list, hookCreateContainer, exec)
}

// runStartContainer runs hooks that are found in the container.
func (c *Container) runStartContainer(list []specs.Hook) error {
	if len(list) == 0 {
		return nil
	}
	if c.Inside == nil {
		return errors.New("the container's record does not have what its startContainer hooks start with")
	}
	message := wire.Config{Env: c.Inside.Env, Process: c.Inside.Attributes, Security: c.Security}
	return c.runInside(list, hookStartContainer, Exec{Message: message, Process: c.Inside.Process})
}

// runInside runs hooks in the container's namespaces and cgroups. Exec is what they start with.
func (c *Container) runInside(list []specs.Hook, kind string, exec Exec) (err error) {
	if len(list) == 0 {
		return nil
	}
	state := c.stateAs(specs.StateCreated)
	if state.Pid, err = innermostPid(c.Pid); err != nil {
		return err
	}
	return runHooks(list, kind, state, c.inside(exec))
}

// inside starts hooks in the container's namespaces and cgroups.
func (c *Container) inside(exec Exec) hookStarter {
	return func(hook *specs.Hook, stdio [3]int) (pid int, err error) {
		exec := exec
		exec.Message.Args, exec.Message.Env = hookArgs(hook), hookEnv(hook, exec.Message.Env)
		exec.Message.Lifecycle.Program = hook.Path
		e := &execution{Record: &c.Record, exec: &exec, pidfd: -1, streams: stdio}
		defer func() { err = errors.Join(err, e.undo.Run()) }()
		if err := work(e, execSteps(), nil); err != nil {
			return 0, err
		}
		e.process.Release()
		return e.process.Pid(), nil
	}
}
