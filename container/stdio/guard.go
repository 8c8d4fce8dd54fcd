package stdio

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// RestoreName is the hidden command that a guard runs.
const RestoreName = "restore-terminal"

// guard is a process of its own that gives the caller's terminal its mode back
// if mydocker is killed by SIGKILL while the terminal is raw. It waits at a pipe
// for the end of mydocker, in a session of its own, where no signal from the
// terminal reaches it.
type guard struct {
	pid  int
	pipe int // nothing more is written to it: its end is the message
}

const (
	guardTerminal = 0 // what the guard finds where
	guardLock     = 1
	guardPipe     = 3
)

// newGuard starts a guard of the terminal, whose own mode it is told.
func newGuard(terminal, lock int, own *unix.Termios) (*guard, error) {
	if lock < 0 { // nobody else's, then
		lock = terminal
	}
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
		return nil, fmt.Errorf("create the guard's pipe: %w", err)
	}
	pid, err := syscall.ForkExec("/proc/self/exe", []string{"mydocker", RestoreName}, &syscall.ProcAttr{
		Files: []uintptr{guardTerminal: uintptr(terminal), guardLock: uintptr(lock), 2: uintptr(terminal), guardPipe: uintptr(pipe[0])},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	err = errors.Join(err, unix.Close(pipe[0]))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start the terminal's guard: %w", err), unix.Close(pipe[1]))
	}
	g := &guard{pid: pid, pipe: pipe[1]}
	if _, err := unix.Write(g.pipe, bytesOf(own)); err != nil {
		return nil, errors.Join(fmt.Errorf("write to the terminal's guard: %w", err), g.Close())
	}
	return g, nil
}

// Close ends the guard. The terminal has its mode back already.
func (g *guard) Close() error {
	killed := unix.Kill(g.pid, unix.SIGKILL)
	_, waited := utils.Retry(func() (int, error) { return unix.Wait4(g.pid, nil, 0, nil) })
	return errors.Join(killed, waited, unix.Close(g.pipe))
}

// ErrNoGuard says that the guard was not started by a run.
var ErrNoGuard = errors.New(RestoreName + " is internal: mydocker run -t starts it")

// Guard is what the guard's process does. It outlives what ends mydocker. It
// leaves alone a terminal that somebody else has given another mode meanwhile.
func Guard() error {
	signal.Ignore(unix.SIGTERM, unix.SIGINT, unix.SIGHUP, unix.SIGQUIT)
	var own unix.Termios
	// A write that is this small comes in one piece (pipe(7), PIPE_BUF).
	n, err := utils.Retry(func() (int, error) { return unix.Read(guardPipe, bytesOf(&own)) })
	if err != nil || n != len(bytesOf(&own)) {
		return ErrNoGuard
	}
	var none [1]byte
	if _, err := utils.Retry(func() (int, error) { return unix.Read(guardPipe, none[:]) }); err != nil {
		return fmt.Errorf("read the guard's pipe: %w", err)
	}
	now, err := unix.IoctlGetTermios(guardTerminal, unix.TCGETS)
	if err != nil {
		return &os.SyscallError{Syscall: "tcgetattr", Err: err}
	}
	if !sameMode(*now, rawMode(own, false)) && !sameMode(*now, rawMode(own, true)) {
		return nil
	}
	if err := setMode(guardTerminal, guardLock, own, sharers{}); err != nil {
		return &os.SyscallError{Syscall: "tcsetattr", Err: err}
	}
	return nil
}

func sameMode(a, b unix.Termios) bool {
	return a.Iflag == b.Iflag && a.Oflag == b.Oflag && a.Lflag == b.Lflag
}
