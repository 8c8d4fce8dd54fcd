package container

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"mydocker/utils"
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
)

// plan decides the command's streams, given which of the caller's are
// terminals. The container never gets the caller's terminal itself: as root it
// could push keystrokes into it (TIOCSTI, ioctl_tty(2)), so it gets a
// pseudo-terminal of its own or a pipe. All else is handed on as it is, at no
// cost. A pseudo-terminal needs a terminal at the other end, on stdin or
// stdout; without one, fallback is true and the streams are plain.
func plan(tty, interactive bool, isTerminal [3]bool) (sources [3]source, fallback bool) {
	attached := isTerminal[0] || isTerminal[1]
	for i := range sources {
		switch {
		case tty && attached:
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

// stdio connects the command's streams with the caller's.
type stdio struct {
	caller  [3]*os.File
	child   [3]int     // what the command gets
	owned   []int      // those of them to be closed once the command has them
	master  *os.File   // of the pseudo-terminal, nil without one
	console *console   // the caller's terminal, nil if it is left alone
	inputs  []transfer // copied until somebody hangs up
	outputs []transfer // copied until the command's end
}

// transfer copies one stream; end tells the receiver that no more will come,
// or the sender that nobody listens any more.
type transfer struct {
	from io.Reader
	to   io.Writer
	end  func() error
}

// openStdio opens what the plan needs.
func openStdio(streams Streams, sources [3]source, interactive bool) (*stdio, error) {
	s := &stdio{caller: [3]*os.File{streams.Stdin, streams.Stdout, streams.Stderr}}
	var err error
	if sources[unix.Stdout] == terminal {
		err = s.openTerminal(interactive)
	}
	for i, file := range s.caller {
		if err != nil {
			break
		}
		switch sources[i] {
		case nothing:
			s.child[i], err = utils.Open(os.DevNull, unix.O_RDONLY)
			s.owned = append(s.owned, s.child[i])
		case caller:
			s.child[i] = int(file.Fd())
		case relay:
			err = s.openPipe(i)
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the command's streams: %w", err), s.Close())
	}
	return s, nil
}

// openTerminal opens the pseudo-terminal. Without -i its input is empty: the
// end-of-file character is typed at once.
func (s *stdio) openTerminal(interactive bool) error {
	master, slave, err := pty.Open()
	if err != nil {
		return err
	}
	s.master = master
	fd, err := s.give(slave)
	if err != nil {
		return err
	}
	s.child = [3]int{fd, fd, fd}
	s.console = newConsole(s.caller, interactive)
	s.outputs = append(s.outputs, transfer{ptyOutput{master}, s.caller[unix.Stdout], master.Close})
	if !interactive {
		return s.sendEOF()
	}
	s.inputs = append(s.inputs, transfer{s.caller[unix.Stdin], master, s.sendEOF})
	return nil
}

// openPipe puts a pipe between the command's stream i and the caller's.
func (s *stdio) openPipe(i int) error {
	reader, writer, err := os.Pipe()
	if err != nil {
		return err
	}
	if i == unix.Stdin {
		s.inputs = append(s.inputs, transfer{s.caller[i], writer, writer.Close})
		s.child[i], err = s.give(reader)
	} else {
		s.outputs = append(s.outputs, transfer{reader, s.caller[i], reader.Close})
		s.child[i], err = s.give(writer)
	}
	return err
}

// give turns a file into a plain blocking descriptor for the child.
func (s *stdio) give(file *os.File) (int, error) {
	fd, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err == nil {
		s.owned = append(s.owned, fd)
	}
	return fd, errors.Join(err, file.Close())
}

// Start begins to copy, once the command has its ends of the streams. It
// returns a function that waits for the last of the command's output. Nobody
// waits for an input, which may never come: its end is told to inputEnded.
func (s *stdio) Start(inputEnded func(error)) (drain func() error, err error) {
	if err := s.closeOwned(); err != nil {
		return nil, err
	}
	if err := s.Resume(); err != nil {
		return nil, err
	}
	for _, t := range s.inputs {
		go func() { inputEnded(t.copy()) }()
	}
	results := make(chan error, len(s.outputs))
	for _, t := range s.outputs {
		go func() { results <- t.copy() }()
	}
	return func() error {
		var errs []error
		for range s.outputs {
			errs = append(errs, <-results)
		}
		return errors.Join(errs...)
	}, nil
}

func (t *transfer) copy() error {
	_, err := io.Copy(t.to, t.from)
	return errors.Join(err, t.end())
}

// sendEOF types the end-of-file character: a pseudo-terminal has no other way
// to say that a stdin, which need not be a terminal itself, has ended.
func (s *stdio) sendEOF() error {
	const eof = 0x04 // VEOF, Ctrl-D
	_, err := s.master.Write([]byte{eof})
	return err
}

// ptyOutput reads the master of a pseudo-terminal, which answers EIO when the
// last process has closed the other side (pty(7)).
type ptyOutput struct{ *os.File }

func (p ptyOutput) Read(b []byte) (int, error) {
	n, err := p.File.Read(b)
	if errors.Is(err, unix.EIO) {
		err = io.EOF
	}
	return n, err
}

// WriteTo would let io.Copy pass by Read.
func (p ptyOutput) WriteTo(w io.Writer) (int64, error) {
	return io.Copy(w, struct{ io.Reader }{p})
}

// Resize gives the pseudo-terminal the size of the caller's terminal; the
// kernel tells the processes in it (SIGWINCH).
func (s *stdio) Resize() error {
	if s.console == nil {
		return nil
	}
	return pty.InheritSize(s.console.size, s.master)
}

// Resume makes the caller's terminal raw, Pause gives it back.
func (s *stdio) Resume() error {
	if s.console == nil {
		return nil
	}
	return errors.Join(s.console.Raw(), s.Resize())
}

// Pause is the opposite of Resume.
func (s *stdio) Pause() error {
	if s.console == nil {
		return nil
	}
	return s.console.Restore()
}

// Close restores the caller's terminal and closes what is still open.
func (s *stdio) Close() error {
	errs := []error{s.closeOwned(), s.Pause()}
	if s.master != nil {
		if err := s.master.Close(); !errors.Is(err, os.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (s *stdio) closeOwned() error {
	owned := s.owned
	s.owned = nil
	return closeAll(owned...)
}
