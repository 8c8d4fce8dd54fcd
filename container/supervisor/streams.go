package supervisor

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/logs"
	"github.com/mydocker/mydocker/container/session"
	"github.com/mydocker/mydocker/container/stdio"
	"github.com/mydocker/mydocker/utils"
)

// streams are the command's, between the engine and those who read and type.
type streams struct {
	hub    *Hub
	output *logs.Log
	child  stdio.Streams // what the engine gets
	ours   []output      // the other ends of stdout and stderr
	stdin  *os.File      // the other end of stdin, nil where it is empty
	done   sync.WaitGroup
	reads  atomic.Int64 // counts what was read
}

// output is a pipe from which the supervisor reads. moving is locked while what was read is on its way.
type output struct {
	file   *os.File
	kind   byte
	moving *sync.Mutex
}

// readSize is how much is read at once. A pipe holds 64 KiB.
const readSize = 32 << 10

func openStreams(s *supervisor) (*streams, error) {
	t := &streams{output: s.output}
	r := &s.container.Record
	var err error
	if s.handed != nil && !r.TTY {
		t.take(&s.handed.Streams)
	} else if err = t.make(r.OpenStdin || r.TTY); err != nil {
		return nil, err
	}
	var stdin io.WriteCloser
	if r.OpenStdin && t.stdin != nil {
		stdin = t.stdin
	}
	t.hub = NewHub(stdin, r.StdinOnce && !r.TTY, s.resize, s.signal)
	t.hub.Warn = func(err error) { s.Log.Warnf("a session: %v", err) }
	if s.Attach != nil {
		err = s.attachFirst(t.hub)
	}
	return t, err
}

// make makes the pipes.
func (t *streams) make(withStdin bool) (err error) {
	if withStdin {
		t.child.Stdin, t.stdin, err = os.Pipe()
	} else {
		t.child.Stdin, err = os.Open(os.DevNull)
	}
	if err != nil {
		return err
	}
	if t.child.Stdout, err = t.pipe(session.FrameStdout); err != nil {
		return err
	}
	t.child.Stderr, err = t.pipe(session.FrameStderr)
	return err
}

// pipe makes a pipe, of which the supervisor reads one end.
func (t *streams) pipe(kind byte) (*os.File, error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	t.read(reader, kind)
	return writer, nil
}

func (t *streams) read(file *os.File, kind byte) {
	t.ours = append(t.ours, output{file, kind, &sync.Mutex{}})
}

// start begins to read.
func (t *streams) start() {
	for _, from := range t.ours {
		t.done.Go(func() { t.pass(from) })
	}
}

// pass reads a stream to its end. A read that fails ends it, too.
func (t *streams) pass(from output) {
	buffer := make([]byte, readSize)
	err := error(nil)
	for err == nil {
		err = t.passNext(from, buffer)
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return
	}
	left, err := unread(from.file)
	if err == nil {
		err = from.file.SetReadDeadline(time.Time{}) // it may be read again
	}
	for err == nil && left > 0 {
		var n int
		n, err = from.file.Read(buffer[:min(left, readSize)])
		t.write(from.kind, buffer[:n])
		left -= n
	}
	if err != nil && err != io.EOF {
		t.hub.warn(fmt.Errorf("read the last of the output: %w", err))
	}
}

// passNext waits for something to read, and passes it on.
func (t *streams) passNext(from output, buffer []byte) error {
	n, err := stdio.ReadHeld(from.file, from.moving, buffer)
	defer from.moving.Unlock()
	if n > 0 {
		t.reads.Add(1)
		t.write(from.kind, buffer[:n])
	}
	return err
}

func (t *streams) write(kind byte, text []byte) {
	stream := logs.Stdout
	if kind == session.FrameStderr {
		stream = logs.Stderr
	}
	t.output.Write(stream, time.Now(), text)
	t.hub.Write(kind, text)
}

// unread is how much there is in a pipe. In /dev/null there is nothing.
func unread(pipe *os.File) (int, error) {
	fd, err := utils.Descriptor(pipe)
	if err != nil {
		return 0, err
	}
	size, err := unix.IoctlGetInt(fd, unix.TIOCINQ) // FIONREAD
	return size, os.NewSyscallError("ioctl", utils.Ignore(err, unix.ENOTTY))
}

// finish reads what is left when the command has ended, and closes the log. It does not wait for the
// end of the pipes: the command may have sent its end to a process outside the container (SCM_RIGHTS,
// unix(7)), which keeps it.
func (t *streams) finish() error {
	err := errors.Join(t.child.Stdin.Close(), t.child.Stdout.Close(), t.child.Stderr.Close())
	for _, from := range t.ours {
		err = errors.Join(err, from.file.SetReadDeadline(time.Now()))
	}
	t.done.Wait()
	for _, from := range t.ours {
		err = errors.Join(err, from.file.Close())
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
