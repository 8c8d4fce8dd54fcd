package container

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"mydocker/utils"
)

// RestoreName is the hidden command that a guard runs.
const RestoreName = "restore-terminal"

// guard is a process of its own that gives the caller's terminal its mode back
// if mydocker is killed by SIGKILL while the terminal is raw. It waits at a pipe
// for the end of mydocker, in a session of its own, where no signal from the
// terminal reaches it.
//
//	mydocker                guard
//	   |---- the mode -------->|
//	   |---- released -------->|  it ends, nothing to do
//	   |---- end of file ----->|  instead: mydocker is gone, it sets the mode
type guard struct {
	pid  int
	pipe int
}

const (
	guardTerminal = 0 // what the guard finds where
	guardPipe     = 3
	released      = 'r'
)

type guardMessage struct {
	mode     unix.Termios
	released byte
}

// newGuard starts a guard of the terminal, which has that mode now.
func newGuard(terminal int, mode *unix.Termios) (*guard, error) {
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
		return nil, fmt.Errorf("create the guard's pipe: %w", err)
	}
	g := &guard{pipe: pipe[1]}
	pid, err := syscall.ForkExec("/proc/self/exe", []string{"mydocker", RestoreName}, &syscall.ProcAttr{
		Files: []uintptr{guardTerminal: uintptr(terminal), 1: uintptr(terminal), 2: uintptr(terminal), guardPipe: uintptr(pipe[0])},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	err = errors.Join(err, unix.Close(pipe[0]))
	if err == nil {
		g.pid = pid
		message := guardMessage{mode: *mode}
		_, err = unix.Write(g.pipe, unsafe.Slice((*byte)(unsafe.Pointer(&message)), unsafe.Offsetof(message.released)))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start the terminal's guard: %w", err), unix.Close(g.pipe))
	}
	return g, nil
}

// Close ends the guard. The terminal has its mode back already.
func (g *guard) Close() error {
	_, written := unix.Write(g.pipe, []byte{released})
	if written == unix.EPIPE { // somebody has killed it
		written = nil
	}
	_, waited := utils.Retry(func() (int, error) { return unix.Wait4(g.pid, nil, 0, nil) })
	return errors.Join(written, unix.Close(g.pipe), waited)
}

// ErrNoGuard says that guard was not started by a run.
var ErrNoGuard = errors.New("restore-terminal is internal: mydocker run -t starts it")

// Guard is what the guard's process does. It outlives what ends mydocker.
func Guard() error {
	signal.Ignore(unix.SIGTERM, unix.SIGINT, unix.SIGHUP, unix.SIGQUIT)
	var message guardMessage
	buffer := unsafe.Slice((*byte)(unsafe.Pointer(&message)), unsafe.Sizeof(message))
	used := 0
	for used <= int(unsafe.Offsetof(message.released)) {
		n, err := utils.Retry(func() (int, error) { return unix.Read(guardPipe, buffer[used:]) })
		if err != nil {
			return ErrNoGuard
		}
		if n == 0 {
			break
		}
		used += n
	}
	switch used {
	case int(unsafe.Offsetof(message.released)):
		if err := unix.IoctlSetTermios(guardTerminal, unix.TCSETSW, &message.mode); err != nil {
			return &os.SyscallError{Syscall: "tcsetattr", Err: err}
		}
		return nil
	case int(unsafe.Offsetof(message.released)) + 1:
		return nil
	}
	return ErrNoGuard
}
