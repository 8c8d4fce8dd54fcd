// Package stdio connects a command's streams with the caller's: as they are, by
// pipes, or by a pseudo-terminal of the container's own.
package stdio

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// Streams are the caller's stdin, stdout and stderr.
type Streams struct {
	Stdin, Stdout, Stderr *os.File
}

// source is where one of the command's three streams comes from.
type source int

const (
	nothing  source = iota // /dev/null
	caller                 // the caller's own file
	relay                  // a pipe that mydocker copies from or to
	terminal               // the container's pseudo-terminal
	asStdout               // what stdout gets
)

// Plan says where each of the command's streams comes from.
type Plan [3]source

// HasTerminal reports whether the command gets a pseudo-terminal.
func (p Plan) HasTerminal() bool { return p[unix.Stdout] == terminal }

// AllTerminal is the plan in which the command has the pseudo-terminal alone, whatever the caller's
// streams are.
func AllTerminal() Plan { return Plan{terminal, terminal, terminal} }

// NewPlan decides the streams for the given callers; see plan.
func NewPlan(tty, interactive bool, streams Streams) (p Plan, fallback bool) {
	callers := [3]bool{IsTerminal(streams.Stdin), IsTerminal(streams.Stdout), IsTerminal(streams.Stderr)}
	p, fallback = plan(tty, interactive, callers)
	if p[unix.Stdout] == relay && p[unix.Stderr] == relay && sameTerminal(streams.Stdout, streams.Stderr) {
		p[unix.Stderr] = asStdout // two pipes would lose the order of what is written
	}
	return p, fallback
}

// plan decides the command's streams, given which of the caller's are
// terminals. The container never gets the caller's terminal itself: as root it
// could push keystrokes into it (TIOCSTI, ioctl_tty(2)), so it gets a
// pseudo-terminal of its own or a pipe. All else is handed on as it is, at no
// cost, also a stdin that is no terminal beside a pseudo-terminal, which would
// edit what is typed into it and cut long lines. A pseudo-terminal needs a terminal
// at the other end, on stdin or stdout; without one, fallback is true and the
// streams are plain, but where nobody could type at it: for the output alone it needs
// none.
func plan(tty, interactive bool, isTerminal [3]bool) (sources Plan, fallback bool) {
	attached := isTerminal[0] || isTerminal[1] || !interactive
	for i := range sources {
		switch {
		case tty && attached && (i != unix.Stdin || !interactive || isTerminal[i]):
			sources[i] = terminal
		case i == unix.Stdin && !interactive:
			sources[i] = nothing
		case isTerminal[i]:
			sources[i] = relay
		default:
			sources[i] = caller
		}
	}
	return sources, tty && !attached
}

// Stdio connects the command's streams with the caller's.
type Stdio struct {
	caller  [3]*os.File
	child   [3]int     // what the command gets
	owned   []int      // those of them to be closed once the command has them
	master  *os.File   // of the pseudo-terminal, nil without one
	slave   int        // of the pseudo-terminal, kept open until the end
	mutex   sync.Mutex // guards console, slave and what follows
	console *console   // the caller's terminal, nil if it is left alone
	typing  bool       // what the caller types goes to the pseudo-terminal
	closed  bool
	stopped bool // the job was, since it had the terminal
	waiting bool // somebody waits to change its mode
	holds   bool // see Hold
	failed  func(error)
	filter  func([]byte) ([]byte, bool) // of what is typed, see DetachBy
	inputs  []*transfer                 // copied until somebody hangs up
	outputs []*transfer                 // copied until the command's end
}

// Options say more of the streams.
type Options struct {
	// Interactive passes on what the caller types.
	Interactive bool
	// OfHost has a pseudo-terminal be the host's.
	OfHost bool
	// CanHold has Hold be possible, where the runtime can wait for the caller's files.
	CanHold bool
}

// Open opens what the plan needs. A pseudo-terminal that is not the host's is still to come
// (Take): until then the command has /dev/null in its place.
func Open(streams Streams, sources Plan, o Options) (*Stdio, error) {
	s := &Stdio{slave: -1, holds: o.CanHold, caller: [3]*os.File{streams.Stdin, streams.Stdout, streams.Stderr}}
	var err error
	if sources.HasTerminal() {
		s.typing = sources[unix.Stdin] == terminal && o.Interactive
		s.console = newConsole(s.caller, s.typing)
		if o.OfHost {
			err = s.openTerminal()
		} else if s.slave, err = openNothing(); err == nil {
			s.owned = append(s.owned, s.slave)
		}
	}
	for i, file := range s.caller {
		if err != nil {
			break
		}
		switch sources[i] {
		case nothing:
			if s.child[i], err = openNothing(); err == nil {
				s.owned = append(s.owned, s.child[i])
			}
		case caller:
			s.child[i] = int(file.Fd())
		case relay:
			err = s.openPipe(i)
		case terminal:
			s.child[i] = s.slave
		case asStdout:
			s.child[i] = s.child[unix.Stdout]
		}
	}
	if s.master == nil {
		s.slave = -1
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the command's streams: %w", err), s.Close())
	}
	return s, nil
}

// Child returns what the command gets as its stdin, stdout and stderr.
func (s *Stdio) Child() [3]int { return s.child }

// HasTerminal reports whether that is a pseudo-terminal.
func (s *Stdio) HasTerminal() bool { return s.master != nil }

// openTerminal opens a pseudo-terminal of the host's.
func (s *Stdio) openTerminal() error {
	master, slave, err := pty.Open()
	if err != nil {
		return err
	}
	fd, err := unix.FcntlInt(slave.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err := errors.Join(err, slave.Close()); err != nil {
		return errors.Join(err, master.Close())
	}
	return s.Take(master, fd)
}

// Take connects the pseudo-terminal with the caller's. If it is not interactive, nobody
// types, and each read of it finds the end of file. As long as somebody has the slave open, a
// command that closes its own can open /dev/tty again, and the master does not report an end.
func (s *Stdio) Take(master *os.File, slave int) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.master, s.slave = master, slave
	s.outputs = append(s.outputs, s.output(master, s.caller[unix.Stdout], master.Close))
	if s.typing {
		s.inputs = append(s.inputs, s.input(s.caller[unix.Stdin], master, func() error { return nil }))
	}
	return s.resize() // before the command's first instruction
}

// openPipe puts a pipe between the command's stream i and the caller's.
func (s *Stdio) openPipe(i int) error {
	reader, writer, err := os.Pipe()
	if err != nil {
		return err
	}
	if i == unix.Stdin {
		s.inputs = append(s.inputs, s.input(s.caller[i], writer, writer.Close))
		s.child[i], err = s.give(reader)
	} else {
		s.outputs = append(s.outputs, s.output(reader, s.caller[i], reader.Close))
		s.child[i], err = s.give(writer)
	}
	return err
}

// input returns a transfer from the caller, output one to the caller. At the caller's
// end may be a terminal, of which another job may be in the foreground.
func (s *Stdio) input(from, to *os.File, end func() error) *transfer {
	t := s.newTransfer(from, to, end)
	t.readAgain = func(err error) bool { return s.readAgain(from, err) }
	return t
}

func (s *Stdio) output(from, to *os.File, end func() error) *transfer {
	t := s.newTransfer(from, to, end)
	t.beforeWrite = func([]byte) { s.beforeWrite(to) }
	return t
}

func (s *Stdio) newTransfer(from, to *os.File, end func() error) *transfer {
	t := newTransfer(from, to, end)
	if s.holds {
		t.moving = &sync.Mutex{}
	}
	return t
}

// give turns a file into a plain blocking descriptor for the child.
func (s *Stdio) give(file *os.File) (int, error) {
	fd, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err == nil {
		s.owned = append(s.owned, fd)
	}
	return fd, errors.Join(err, file.Close())
}

// Start begins to copy, once the command has its ends of the streams. Nobody waits
// for an input, which may never come: its end is told to inputEnded. When nobody
// takes the output of the pseudo-terminal any more, hungUp is called, and typed when one
// of its keys is.
func (s *Stdio) Start(inputEnded func(error), hungUp func(), typed Key) error {
	s.failed = inputEnded
	if err := errors.Join(s.closeOwned(), s.Resume()); err != nil {
		return err
	}
	for _, t := range s.inputs {
		if s.master != nil {
			t.beforeWrite, t.filter = func(text []byte) { s.watchKeys(text, typed) }, s.filter
		}
		go func() {
			err := t.copy()
			if err == errFiltered {
				return
			}
			inputEnded(err)
			s.endTyping()
		}()
	}
	if s.master != nil && len(s.inputs) == 0 {
		go s.endTyping()
	}
	for _, t := range s.outputs {
		go func() {
			if err := t.copy(); err != nil && s.master != nil {
				hungUp()
			}
		}()
	}
	return nil
}

// Drain passes on the last of the output when the command has ended. await waits for
// done, or gives up, which it may where a reader has stalled.
func (s *Stdio) Drain(await func(done <-chan struct{}, stalled func() bool) (gaveUp bool)) (gaveUp bool, err error) {
	err = s.closeSlave()
	for _, t := range s.outputs {
		t.endRead()
	}
	for _, t := range s.outputs {
		if gaveUp = await(t.done, t.stalled); gaveUp {
			return true, err
		}
		if !errors.Is(t.err, unix.EPIPE) { // a reader that has had enough is no failure (mydocker ... | head)
			err = errors.Join(err, t.err)
		}
	}
	return false, err
}

// Resize gives the pseudo-terminal the size of the caller's terminal; the
// kernel tells the processes in it (SIGWINCH).
func (s *Stdio) Resize() error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.console == nil || s.closed {
		return nil
	}
	return s.resize()
}

// SetSize gives the pseudo-terminal a size of its own.
func (s *Stdio) SetSize(rows, columns uint16) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.master == nil || s.closed {
		return nil
	}
	if err := pty.Setsize(s.master, &pty.Winsize{Rows: rows, Cols: columns}); !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil // the command has ended meanwhile
}

func (s *Stdio) resize() error {
	if s.console.size == nil || s.master == nil {
		return nil
	}
	if err := pty.InheritSize(s.console.size, s.master); !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil // the command has ended meanwhile
}

// Resume makes the caller's terminal raw, Pause gives it back.
func (s *Stdio) Resume() error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.console == nil || s.closed {
		return nil
	}
	if s.console.mode == nil || !inBackground(s.console.mode) {
		return errors.Join(s.console.Raw(), s.resize())
	}
	if !s.waiting {
		s.waiting = true
		go s.resumeInForeground()
	}
	return s.resize()
}

// Pause is the opposite of Resume, before the job is stopped or when it ends.
func (s *Stdio) Pause() error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.stopped = true
	if s.console == nil {
		return nil
	}
	return s.console.Restore()
}

// Close restores the caller's terminal for good and closes what is still open.
func (s *Stdio) Close() error {
	s.mutex.Lock()
	s.closed = true
	s.mutex.Unlock()
	errs := []error{s.closeOwned(), s.closeSlave(), s.Pause()}
	if s.master != nil {
		if err := s.master.Close(); !errors.Is(err, os.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (s *Stdio) closeSlave() error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.slave < 0 {
		return nil
	}
	fd := s.slave
	s.slave = -1
	return unix.Close(fd)
}

func (s *Stdio) closeOwned() error {
	owned := s.owned
	s.owned = nil
	return utils.CloseAll(owned...)
}
