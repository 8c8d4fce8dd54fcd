package supervisor

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/logs"
	"github.com/mydocker/mydocker/container/session"
	"github.com/mydocker/mydocker/container/stdio"
)

// streams are the command's, between the engine and those who read and type.
type streams struct {
	hub    *Hub
	output *logs.Log
	child  stdio.Streams // what the engine gets
	ours   []*os.File    // the other ends of stdout and stderr
	kinds  []byte
	done   sync.WaitGroup
}

// readSize is how much is read at once. A pipe holds 64 KiB.
const readSize = 32 << 10

func openStreams(s *supervisor) (*streams, error) {
	t := &streams{output: s.output}
	var stdin io.WriteCloser
	r := &s.container.Record
	var err error
	if r.OpenStdin || r.TTY {
		var writer *os.File
		if t.child.Stdin, writer, err = os.Pipe(); err != nil {
			return nil, err
		}
		stdin = writer
	} else if t.child.Stdin, err = os.Open(os.DevNull); err != nil {
		return nil, err
	}
	if t.child.Stdout, err = t.pipe(session.FrameStdout); err != nil {
		return nil, err
	}
	if t.child.Stderr, err = t.pipe(session.FrameStderr); err != nil {
		return nil, err
	}
	if !r.OpenStdin {
		s.unused, stdin = stdin, nil
	}
	t.hub = NewHub(stdin, r.StdinOnce && !r.TTY, s.resize, s.signal)
	t.hub.Warn = func(err error) { s.Log.Warnf("a session: %v", err) }
	if s.Attach != nil {
		err = s.attachFirst(t.hub)
	}
	return t, err
}

// pipe makes a pipe, of which the supervisor reads one end.
func (t *streams) pipe(kind byte) (*os.File, error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	t.ours, t.kinds = append(t.ours, reader), append(t.kinds, kind)
	return writer, nil
}

// start begins to read.
func (t *streams) start() {
	for i, file := range t.ours {
		t.done.Go(func() { t.pass(file, t.kinds[i]) })
	}
}

// pass reads a stream to its end. A read that fails ends it, too.
func (t *streams) pass(from *os.File, kind byte) {
	stream := logs.Stdout
	if kind == session.FrameStderr {
		stream = logs.Stderr
	}
	buffer := make([]byte, readSize)
	read := func(from io.Reader) error {
		for {
			n, err := from.Read(buffer)
			if n > 0 {
				t.output.Write(stream, time.Now(), buffer[:n])
				t.hub.Write(kind, buffer[:n])
			}
			if err != nil {
				return err
			}
		}
	}
	if !errors.Is(read(from), os.ErrDeadlineExceeded) {
		return
	}
	left, err := unread(from)
	if err == nil {
		err = read(io.LimitReader(from, left))
	}
	if err != io.EOF {
		t.hub.warn(fmt.Errorf("read the last of the output: %w", err))
	}
}

// unread is how much there is in a pipe, which may be read again after its deadline.
func unread(pipe *os.File) (size int64, err error) {
	raw, err := pipe.SyscallConn()
	if err != nil {
		return 0, err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		var n int
		n, failed = unix.IoctlGetInt(int(fd), unix.TIOCINQ) // FIONREAD
		size = int64(n)
	})
	return size, errors.Join(err, os.NewSyscallError("ioctl", failed), pipe.SetReadDeadline(time.Time{}))
}

// finish reads what is left when the command has ended, and closes the log. It does not wait for the
// end of the pipes: the command may have sent its end to a process outside the container (SCM_RIGHTS,
// unix(7)), which keeps it.
func (t *streams) finish() error {
	err := errors.Join(t.child.Stdin.Close(), t.child.Stdout.Close(), t.child.Stderr.Close())
	for _, file := range t.ours {
		err = errors.Join(err, file.SetReadDeadline(time.Now()))
	}
	t.done.Wait()
	for _, file := range t.ours {
		err = errors.Join(err, file.Close())
	}
	return errors.Join(err, t.output.Close())
}

// resize and signal are what an attached terminal asks for.
func (s *supervisor) resize(rows, columns uint16) error {
	live := s.awaitLive()
	if live == nil {
		return nil
	}
	return live.Resize(rows, columns)
}

func (s *supervisor) signal(sig syscall.Signal) error {
	live := s.awaitLive()
	if live == nil {
		return nil
	}
	return live.Deliver(sig)
}

// awaitLive waits until the command runs. It returns nil when it does not.
func (s *supervisor) awaitLive() *container.Live {
	<-s.settled
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.live
}
