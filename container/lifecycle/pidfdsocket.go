package lifecycle

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// The words beside a pidfd are those that runc sends.
const (
	pidfdOfInit    = "standard"
	pidfdOfCommand = "setns"
)

// connectPidfd comes before anything has begun: where nobody is at the socket nothing does.
func (c *creation) connectPidfd() (err error) {
	c.pidfdSocket, err = dialPidfd(c.options.PidfdSocket)
	return err
}

func (c *creation) passPidfd() error {
	return sendPidfd(c.pidfdSocket, c.options.PidfdSocket, pidfdOfInit, c.Pid)
}

func (e *execution) connectPidfd() (err error) {
	e.pidfdSocket, err = dialPidfd(e.options.PidfdSocket)
	if err == nil && e.pidfdSocket >= 0 {
		e.undo.Add(func() error { return unix.Close(e.pidfdSocket) })
	}
	return err
}

func (e *execution) passPidfd() error {
	return sendPidfd(e.pidfdSocket, e.options.PidfdSocket, pidfdOfCommand, e.process.Pid())
}

// dialPidfd connects with who wants a pidfd, -1 for nobody.
func dialPidfd(socket string) (fd int, err error) {
	if socket == "" {
		return -1, nil
	}
	if fd, err = connectTo(socket); err != nil {
		return -1, fmt.Errorf("pidfd socket %s: %w", socket, err)
	}
	return fd, nil
}

// sendPidfd comes when the process is the one that stays, and before it is awaited: its pid is its own.
// Nothing follows for who is at the socket.
func sendPidfd(fd int, socket, name string, pid int) error {
	if fd < 0 {
		return nil
	}
	pidfd, err := utils.PidfdOpen(pid)
	if err != nil {
		return fmt.Errorf("pidfd socket %s: pidfd_open %d (Linux 5.3): %w", socket, pid, err)
	}
	err = errors.Join(sendDescriptor(fd, name, pidfd), unix.Shutdown(fd, unix.SHUT_WR), unix.Close(pidfd))
	if err != nil {
		return fmt.Errorf("pidfd socket %s: %w", socket, err)
	}
	return nil
}
