// Package child is what runs inside the container before the user's command:
// a list of named steps, then execve, so that the command becomes PID 1. It
// links the standard library, x/sys and the wire values only.
package child

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"mydocker/container/wire"
)

// ErrNotStarted says that init was not started by "mydocker run".
var ErrNotStarted = errors.New("init is internal: mydocker run starts it inside a new container")

// stepError is what a step returns: what it worked on, why it failed.
type stepError struct {
	operand string
	errno   syscall.Errno
	detail  string
}

// step is one thing to do between the birth of the process and its execve.
// It returns its operand, and an error if it failed.
type step struct {
	name string
	run  func(*container) (operand string, err *stepError)
}

// steps lists what has to be done, in this order.
func steps() []step {
	return []step{
		{wire.StepReadConfig, readConfig},
		{wire.StepCloseFDs, closeInheritedFDs},
		{wire.StepMountPrivate, makeMountsPrivate},
		{wire.StepMountProc, mountProc},
		{wire.StepLoopback, bringUpLoopback},
		{wire.StepLookUp, lookUpCommand},
		{wire.StepExec, executeCommand},
	}
}

// container is what the steps share.
type container struct {
	config  *wire.Config
	command string // the path to execute
	status  *os.File
}

// RunContainerInitProcess runs the steps and does not return if all succeed:
// the process is the user's command then. If one fails, the parent has been
// told which and why, and there is nothing left to report. It returns
// ErrNotStarted if this is not the init process of a container.
func RunContainerInitProcess() error {
	if !isPipe(wire.ConfigFD) || !isPipe(wire.StatusFD) || os.Getpid() != 1 {
		return ErrNotStarted
	}
	c := &container{status: os.NewFile(wire.StatusFD, "status pipe")}
	for _, s := range steps() {
		operand, err := s.run(c)
		if err != nil {
			return c.send(&wire.Status{Step: s.name, Operand: err.operand, Errno: err.errno, Detail: err.detail})
		}
		if c.config.Trace {
			if err := c.send(&wire.Status{Step: s.name, Operand: operand}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *container) send(s *wire.Status) error {
	_, err := c.status.Write(s.Marshal())
	return err
}

func isPipe(fd int) bool {
	var stat unix.Stat_t
	return unix.Fstat(fd, &stat) == nil && stat.Mode&unix.S_IFMT == unix.S_IFIFO
}

// readConfig reads until the message is complete, and blocks for as long as
// the parent has not sent it all. An early end means that the parent is gone.
func readConfig(c *container) (string, *stepError) {
	pipe := os.NewFile(wire.ConfigFD, "command pipe")
	var message []byte
	chunk := make([]byte, 16<<10)
	for c.config == nil {
		n, err := pipe.Read(chunk)
		if err == nil {
			message = append(message, chunk[:n]...)
			c.config, err = wire.ParseConfig(message)
		}
		if err != nil && !errors.Is(err, wire.ErrTruncated) {
			return "", &stepError{"fd 3", unix.EPROTO, err.Error()}
		}
	}
	return "fd 3", nil
}

// executeCommand replaces the process. The parent is told beforehand, because
// nobody is left to say it afterwards.
func executeCommand(c *container) (string, *stepError) {
	if err := c.send(&wire.Status{Step: wire.StepExec, Operand: c.command}); err != nil {
		return "", &stepError{c.command, unix.EPIPE, err.Error()}
	}
	errno := errnoOf(unix.Exec(c.command, c.config.Args, c.config.Env))
	return "", &stepError{c.command, errno, whyNotExecutable(c.command, errno)}
}

// errnoOf unwraps the errno of a failed system call.
func errnoOf(err error) syscall.Errno {
	errno := syscall.EIO
	errors.As(err, &errno)
	return errno
}
