package detached

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/session"
	"github.com/mydocker/mydocker/container/signals"
	"github.com/mydocker/mydocker/container/stdio"
)

// ConnectOptions say how the caller is connected with a command's streams.
type ConnectOptions struct {
	// Streams are those that the session was asked for with.
	Streams session.Attach
	// TTY says that the command has a terminal.
	TTY bool
	// Keys leave a terminal that is typed at.
	Keys []byte
	// SigProxy has the caller's signals be the command's, unless that has a terminal. Otherwise they
	// end the session.
	SigProxy bool
	// Redraw has the command show its screen again, which has begun before.
	Redraw bool
	// Warn is told of what is no failure.
	Warn func(error)
}

// DetachedError says that the caller has left by the keys.
type DetachedError struct{}

func (DetachedError) Error() string { return "read escape sequence" }

// InterruptedError says that a signal has ended the session; the container goes on.
type InterruptedError struct{ Signal syscall.Signal }

func (e *InterruptedError) Error() string {
	return "the session was ended by the signal " + e.Signal.String()
}

// LostError says that the session was dropped, and why.
type LostError struct{ Why string }

func (e *LostError) Error() string {
	return "the session has fallen behind and was ended: " + e.Why + " (logs has all of it; the container goes on)"
}

// OutputError says that the caller's output can no longer be written.
type OutputError struct{ Err error }

func (e *OutputError) Error() string {
	return "write the command's output: " + e.Err.Error() + " (the container goes on)"
}

// Unwrap implements errors.Unwrap.
func (e *OutputError) Unwrap() error { return e.Err }

// KilledError says that the supervisor has ended without a word. The container's record may know
// more.
type KilledError struct{}

func (KilledError) Error() string {
	return "the container's supervisor was killed, and the container with it"
}

// attaching is a session of the caller's.
type attaching struct {
	*ConnectOptions
	conn    *session.Conn
	stdio   *stdio.Stdio
	signals *signals.Signals
	ended   atomic.Bool
	taken   chan struct{} // the command has got what was sent of stdin
	result  chan outcome
}

// outcome is how a session has ended.
type outcome struct {
	code int
	err  error
}

// Connect connects the caller's streams with the command's, until that ends, and returns its exit
// code. Where the caller has its stdin alone, it waits for no more than the end of that.
func Connect(conn *session.Conn, o *ConnectOptions) (code int, err error) {
	a := &attaching{ConnectOptions: o, conn: conn, taken: make(chan struct{}, 1), result: make(chan outcome, 1)}
	streams := stdio.Streams{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	a.stdio = stdio.OpenRemote(streams, o.TTY, o.Streams.Stdin, o.Warn)
	a.signals = signals.New(false, nil, o.Warn)
	if err := errors.Join(a.signals.Catch(), a.signals.Watch()); err != nil {
		return 0, errors.Join(err, conn.Close())
	}
	defer func() { err = errors.Join(err, a.stdio.Close(), conn.Close()) }()
	if err := a.begin(); err != nil {
		return 0, err
	}
	go a.signals.Forward(remote{a}, terminal{a.stdio, a})
	if o.Streams.Stdin {
		go a.input()
	}
	if !o.Streams.Stdin && !o.Streams.Stdout && !o.Streams.Stderr {
		return 0, nil
	}
	go a.output()
	ended := <-a.result
	a.ended.Store(true)
	return ended.code, ended.err
}

// begin makes the caller's terminal the command's.
func (a *attaching) begin() error {
	if err := a.stdio.Resume(); err != nil {
		return err
	}
	if a.Redraw {
		if rows, columns := a.stdio.Size(); rows > 0 {
			a.send(session.FrameSize, session.Size(rows+1, columns+1))
		}
	}
	a.sendSize()
	return nil
}

func (a *attaching) sendSize() {
	if rows, columns := a.stdio.Size(); rows > 0 {
		a.send(session.FrameSize, session.Size(rows, columns))
	}
}

// send sends a frame. That there is nobody any more is found out by output.
func (a *attaching) send(kind byte, content []byte) {
	if err := a.conn.SendFrame(kind, content); err != nil && !errors.Is(err, unix.EPIPE) && !errors.Is(err, os.ErrClosed) {
		a.Warn(fmt.Errorf("send to the container's supervisor: %w", err))
	}
}

// end ends the session. The first who does so says how.
func (a *attaching) end(code int, err error) {
	select {
	case a.result <- outcome{code, err}:
	default:
	}
}

// input sends what the caller types, a piece whenever the command has got the one before.
func (a *attaching) input() {
	keys := stdio.DetachKeys{}
	if a.TTY {
		keys.Keys = a.Keys
	}
	buffer := make([]byte, 32<<10)
	for {
		n, err := a.stdio.Input(buffer)
		text, detached := keys.Pass(buffer[:n])
		if len(text) > 0 {
			a.send(session.FrameStdin, text)
			<-a.taken
		}
		if detached {
			a.end(0, DetachedError{})
			return
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				a.Warn(fmt.Errorf("read stdin: %w", err))
			}
			a.send(session.FrameStdin, nil)
			if !a.Streams.Stdout && !a.Streams.Stderr {
				a.end(0, nil)
			}
			return
		}
	}
}

// output writes what the command does, to the end.
func (a *attaching) output() {
	buffer := make([]byte, session.MaxPacket)
	for {
		packet, err := a.conn.Receive(buffer)
		if err != nil {
			a.end(0, KilledError{})
			return
		}
		switch kind, content := packet[0], packet[1:]; {
		case kind == session.FrameStdout:
			err = a.stdio.Output(unix.Stdout, content)
		case kind == session.FrameStderr:
			err = a.stdio.Output(unix.Stderr, content)
		case kind == session.FrameTaken:
			a.taken <- struct{}{}
		case kind == session.FrameLost:
			a.end(0, &LostError{string(content)})
			return
		case kind == session.FrameExit && len(content) > 0:
			a.end(int(content[0]), nil)
			return
		}
		if err != nil {
			a.end(0, &OutputError{err})
			return
		}
	}
}

// remote is the command for the caller's signals (signals.Process): what they do to it, its
// supervisor knows.
type remote struct{ *attaching }

// Pid, Reaper, Ended and Finished implement signals.Process. To all that reads of a pid there is
// none.
func (r remote) Pid() int { return 0 }

// Reaper has signals sent as they are.
func (r remote) Reaper() bool { return true }

// Ended is whether the session has.
func (r remote) Ended() bool { return r.ended.Load() }

// Finished is the same.
func (r remote) Finished() bool { return r.ended.Load() }

// Signal sends a signal to the command, or ends the session by it.
func (r remote) Signal(sig syscall.Signal) error {
	switch {
	case r.SigProxy && !r.TTY:
		r.send(session.FrameSignal, []byte{byte(sig)})
	case signals.Terminates(sig):
		r.end(0, &InterruptedError{sig})
	}
	return nil
}

// SignalGroup does the same: which group that is, the supervisor knows.
func (r remote) SignalGroup(sig syscall.Signal) error { return r.Signal(sig) }

// terminal is the caller's, whose size is the command's.
type terminal struct {
	*stdio.Stdio
	session *attaching
}

// Resize sends the size.
func (t terminal) Resize() error {
	t.session.sendSize()
	return nil
}
