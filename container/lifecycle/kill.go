package lifecycle

import (
	"errors"
	"fmt"
	"slices"
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
	return c.signalEach(pids, sig)
}

// signalEach sends a signal to processes of the container.
func (c *Container) signalEach(pids []int, sig syscall.Signal) error {
	const atOnce = 64 // descriptors
	var errs []error
	for some := range slices.Chunk(pids, atOnce) {
		errs = append(errs, c.signalSome(some, sig))
	}
	return errors.Join(errs...)
}

// signalSome opens the processes before it looks whether they are still the container's: one of
// them may have ended since they were listed, and its pid be a stranger's.
func (c *Container) signalSome(pids []int, sig syscall.Signal) (err error) {
	fds := make([]int, 0, len(pids))
	defer func() { err = errors.Join(err, utils.CloseAll(fds...)) }()
	var open []int
	for _, pid := range pids {
		fd, err := utils.PidfdOpen(pid)
		if err == unix.ESRCH {
			continue
		}
		if err != nil {
			return fmt.Errorf("pidfd_open %d: %w", pid, err)
		}
		fds, open = append(fds, fd), append(open, pid)
	}
	still, err := c.pids()
	if err != nil {
		return err
	}
	var errs []error
	for n, pid := range open {
		if !slices.Contains(still, pid) {
			continue
		}
		if err := unix.PidfdSendSignal(fds[n], sig, nil, 0); err != nil && err != unix.ESRCH {
			errs = append(errs, fmt.Errorf("send %s to process %d: %w", utils.SignalName(sig), pid, err))
		}
	}
	return errors.Join(errs...)
}
