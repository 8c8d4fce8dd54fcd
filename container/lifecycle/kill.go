package lifecycle

import (
	"errors"
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// ErrNotRunning says that a container has ended.
var ErrNotRunning = errors.New("container not running")

// Kill sends a signal to the init process, or to all processes of the container. With all it is no
// failure that there are none.
func (c *Container) Kill(sig syscall.Signal, all bool) error {
	if all || sig == unix.SIGKILL && !c.ownsPIDs() {
		return c.killAll(sig, all)
	}
	there, err := c.signalInit(sig)
	if err == nil && !there {
		err = ErrNotRunning
	}
	if err != nil {
		return err
	}
	return c.thawFor(sig)
}

// ownsPIDs reports whether all processes of the container end with its init.
func (c *Container) ownsPIDs() bool { return c.Joins&unix.CLONE_NEWPID != 0 }

// thawFor lets a frozen container end: on cgroup v1 a frozen process does not even take SIGKILL.
func (c *Container) thawFor(sig syscall.Signal) error {
	if sig != unix.SIGKILL {
		return nil
	}
	frozen, err := c.group().Frozen()
	if err != nil || !frozen {
		return err
	}
	return c.group().Thaw()
}

// killAll sends a signal to what is in the cgroups. Without a PID namespace of the container's own
// others may live on when init has ended.
func (c *Container) killAll(sig syscall.Signal, all bool) error {
	pids, err := c.pids()
	if err != nil {
		return err
	}
	if len(pids) == 0 && !all {
		return ErrNotRunning
	}
	if sig == unix.SIGKILL && len(c.Cgroups) > 0 {
		return c.group().Kill()
	}
	var errs []error
	for _, pid := range pids {
		if err := unix.Kill(pid, sig); err != nil && err != unix.ESRCH {
			errs = append(errs, fmt.Errorf("send %s to process %d: %w", utils.SignalName(sig), pid, err))
		}
	}
	return errors.Join(errs...)
}
