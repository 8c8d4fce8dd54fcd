package lifecycle

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/initproc"
	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// The listener of a seccomp filter (seccomp_unotify(2)) is a descriptor that init gets when it
// installs the filter. It waits until that has gone to who answers: a program that the
// specification names by a socket.

func (c *creation) passListener() error {
	if c.plan.Listener == nil {
		return nil
	}
	return c.plan.Listener.pass(c.process, c.stateAs(specs.StateCreating))
}

func (e *execution) passListener() error {
	if e.Listener == nil || !e.message.Security.Listens() {
		return nil
	}
	return e.Listener.pass(e.process, e.stateAs(specs.StateRunning))
}

// pass takes the descriptor from a process that waits for that, sends it and has the process go on.
func (l *Listener) pass(process *initproc.ParentProcess, state *specs.State) error {
	number := ""
	err := process.Await(func(status *wire.Status) {
		if status.Step == wire.StepListener {
			number = status.Detail
		}
	})
	if err != nil {
		return err
	}
	listener, err := takeFD(process.Pid(), number)
	if err != nil {
		return fmt.Errorf("take the listener of the seccomp filter from init: %w", err)
	}
	err = l.send(listener, &specs.ContainerProcessState{
		Version: specs.Version, Fds: []string{specs.SeccompFdName}, Pid: process.Pid(), Metadata: l.Metadata, State: *state,
	})
	if err = errors.Join(err, unix.Close(listener)); err != nil {
		return fmt.Errorf("linux.seccomp.listenerPath %s: %w", utils.Shortened(l.Path), err)
	}
	return process.GoOn()
}

// takeFD is a descriptor of another process's, by its number there (pidfd_getfd(2), Linux 5.6).
func takeFD(pid int, number string) (int, error) {
	there, err := strconv.Atoi(number)
	if err != nil {
		return -1, err
	}
	pidfd, err := utils.PidfdOpen(pid)
	if err != nil {
		return -1, err
	}
	fd, err := unix.PidfdGetfd(pidfd, there, 0)
	return fd, errors.Join(err, unix.Close(pidfd))
}

// send connects to the socket, and sends the state with the descriptor, in one message.
func (l *Listener) send(listener int, state *specs.ContainerProcessState) error {
	text, err := json.Marshal(state)
	if err != nil {
		return err
	}
	socket, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	patience := unix.Timeval{Sec: 10}
	if err = unix.SetsockoptTimeval(socket, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &patience); err == nil {
		if err = unix.Connect(socket, &unix.SockaddrUnix{Name: l.Path}); err != nil {
			err = fmt.Errorf("failed to connect with seccomp agent: %w", err)
		}
	}
	if err == nil {
		err = sendAll(socket, text, unix.UnixRights(listener))
	}
	return errors.Join(err, unix.Close(socket))
}

// sendAll sends a text. The descriptors go with the first bytes of it.
func sendAll(socket int, text, rights []byte) error {
	for len(text) > 0 {
		n, err := utils.Retry(func() (int, error) { return unix.SendmsgN(socket, text, rights, nil, unix.MSG_NOSIGNAL) })
		if err != nil {
			return err
		}
		text, rights = text[n:], nil
	}
	return nil
}
