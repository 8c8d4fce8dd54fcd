package lifecycle

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/child/bare"
	"github.com/mydocker/mydocker/container/initproc"
	"github.com/mydocker/mydocker/container/signals"
	"github.com/mydocker/mydocker/container/stdio"
	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// Foreground is a caller that stays until a process in a container ends: its streams are
// connected with the process's, and its signals are passed on.
type Foreground struct {
	terminal bool
	// plainLines has lines end with a line feed alone where they come from a terminal of the process's
	// and go to none of the caller's. A process that does not wait may be faster.
	plainLines bool

	plan    stdio.Plan
	stdio   *stdio.Stdio
	signals *signals.Signals
	after   chan os.Signal
	left    chan struct{} // the caller has left by the keys
	warn    func(error)
}

// NewForeground opens what a process is connected by. Signals are caught from now on. It is told
// of what is no failure.
func NewForeground(terminal, interactive bool, warn func(error)) (*Foreground, error) {
	f := &Foreground{after: make(chan os.Signal, 1), left: make(chan struct{}), warn: warn}
	streams := stdio.Streams{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	if f.plan, _ = stdio.NewPlan(false, interactive, streams); terminal {
		f.plan, f.terminal = stdio.AllTerminal(), true
	}
	f.signals = signals.New(false, f.after, warn)
	if err := f.signals.Catch(); err != nil {
		return nil, err
	}
	var err error
	f.stdio, err = stdio.Open(streams, f.plan, stdio.Options{Interactive: interactive})
	return f, err
}

// Child is what the process gets as its streams.
func (f *Foreground) Child() [3]int { return f.stdio.Child() }

// Console is the pseudo-terminal that it opens, nil for none.
func (f *Foreground) Console(owner uint32) *wire.Console {
	if !f.terminal {
		return nil
	}
	console := &wire.Console{Streams: f.plan.Terminals(), Owner: owner}
	console.Rows, console.Columns = f.stdio.Size()
	if console.Rows == 0 {
		console.Rows, console.Columns = sizeOfTTY()
	}
	return console
}

// sizeOfTTY is that of the caller's controlling terminal, 0 without one: the caller's streams may
// lead elsewhere.
func sizeOfTTY() (rows, columns uint16) {
	fd, err := utils.Open("/dev/tty", unix.O_RDONLY|unix.O_NOCTTY)
	if err != nil {
		return 0, 0
	}
	size, err := unix.IoctlGetWinsize(fd, unix.TIOCGWINSZ)
	if errors.Join(err, unix.Close(fd)) != nil {
		return 0, 0
	}
	return size.Row, size.Col
}

// take connects that with the caller's.
func (f *Foreground) take(master *os.File, slave int) error {
	if f.plainLines && !stdio.IsTerminal(os.Stdout) {
		if err := dropReturns(slave); err != nil {
			return errors.Join(err, master.Close(), unix.Close(slave))
		}
	}
	return f.stdio.Take(master, slave)
}

// dropReturns has a terminal put no carriage return before a line feed.
func dropReturns(terminal int) error {
	mode, err := unix.IoctlGetTermios(terminal, unix.TCGETS)
	if err == nil {
		mode.Oflag &^= unix.ONLCR
		err = unix.IoctlSetTermios(terminal, unix.TCSETS, mode)
	}
	return os.NewSyscallError("ioctl", err)
}

// Start begins to pass signals and streams on, when the process has its own ends.
func (f *Foreground) Start(process *initproc.ParentProcess) error {
	if err := f.signals.Watch(); err != nil {
		return err
	}
	inputEnded := func(error) {} // by the reader, which may have had enough
	hungUp := func() {
		if !f.hasLeft() {
			f.signals.HangUp(process)
		}
	}
	err := f.stdio.Start(inputEnded, hungUp, func(syscall.Signal, int) {})
	if err == nil {
		go f.signals.Forward(process, f.stdio)
	}
	return err
}

// DetachBy has the caller leave the process by keys that are typed at its terminal: then Wait
// returns ErrLeft. It is to be called before Start.
func (f *Foreground) DetachBy(keys []byte) {
	f.stdio.DetachBy(keys, func() { close(f.left) })
}

// Master is the process's terminal.
func (f *Foreground) Master() *os.File { return f.stdio.Master() }

// ErrLeft says that the caller has left a process, in the words of Docker.
var ErrLeft = errors.New("read escape sequence")

func (f *Foreground) hasLeft() bool {
	select {
	case <-f.left:
		return true
	default:
		return false
	}
}

// awaitEnd waits for the end of the process, unless the caller leaves it.
func (f *Foreground) awaitEnd(process *initproc.ParentProcess) (unix.WaitStatus, error) {
	var status unix.WaitStatus
	ended := make(chan error, 1)
	go func() {
		var err error
		status, err = process.Wait()
		ended <- err
	}()
	select {
	case err := <-ended:
		return status, err
	case <-f.left:
		return 0, ErrLeft
	}
}

// Wait waits for the end of the process, and of its output, and returns its exit code.
func (f *Foreground) Wait(process *initproc.ParentProcess) (code int, err error) {
	status, err := f.awaitEnd(process)
	if err != nil {
		return 0, err
	}
	unread, err := f.stdio.Drain(f.await)
	if unread {
		err = errors.Join(err, errors.New("the last of the output is lost: nobody has read it"))
	}
	if err = errors.Join(err, f.stdio.Pause()); err != nil {
		f.warn(err)
	}
	return bare.ExitCode(f.signals.Ending(status)), nil
}

// await waits for who reads the last of the output, until a signal comes that ends a program.
func (f *Foreground) await(done <-chan struct{}, _ func() bool) (gaveUp bool) {
	select {
	case <-done:
		return false
	case <-f.after:
		return true
	}
}

// Close gives the caller's terminal back.
func (f *Foreground) Close() error { return f.stdio.Close() }
