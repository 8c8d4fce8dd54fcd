package stdio

import (
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

const (
	// readSize is the most that one read gives, writeSize the most of it that is
	// written at once: how fast somebody reads is seen between two writes.
	readSize, writeSize = 32 << 10, 1 << 10
	// stallTime is how long a reader may take for one write before it has stalled.
	stallTime = time.Second
)

// transfer copies one stream.
type transfer struct {
	from, to *os.File
	end      func() error // tells the receiver that no more will come, or the sender that nobody listens any more

	readAgain   func(error) bool // whether a read that failed is worth another
	beforeWrite func(text []byte)
	// filter, if there is one, returns what of a text is written, and whether it is the last: then
	// the receiver is told nothing.
	filter func(text []byte) (on []byte, last bool)

	// moving is locked while something is on its way, if anybody wants to know (Hold); nil otherwise.
	moving *sync.Mutex

	done  chan struct{} // closed when all is copied
	err   error         // why not all was; to be read when it is done
	since atomic.Int64  // when it began to write, or to read, in nanoseconds
	ended atomic.Bool   // the sender has ended

	queued int // what the receiving terminal had still to send, see stalled
}

// errFiltered says that a filter has ended a transfer.
var errFiltered = errors.New("no more is to be written")

func newTransfer(from, to *os.File, end func() error) *transfer {
	return &transfer{
		from: from, to: to, end: end, done: make(chan struct{}),
		readAgain: func(error) bool { return false }, beforeWrite: func([]byte) {},
	}
}

func (t *transfer) copy() error {
	defer close(t.done)
	if t.moving != nil {
		if err := neverWait(t.from); err != nil {
			t.err = err
			return err
		}
	}
	buffer := make([]byte, readSize)
	for {
		if ended, err := t.copyNext(buffer); ended {
			t.err = err
			return err
		}
	}
}

// copyNext copies what there is, or waits for it.
func (t *transfer) copyNext(buffer []byte) (ended bool, err error) {
	n, err := t.read(buffer)
	if t.moving != nil {
		defer t.moving.Unlock()
	}
	text, last := buffer[:n], false
	if err == nil && t.filter != nil {
		text, last = t.filter(text)
	}
	if err == nil {
		err = t.write(text)
	}
	switch {
	case last:
		return true, errFiltered
	case err == nil:
		return false, nil
	case err == io.EOF:
		err = nil
	}
	return true, errors.Join(err, t.end())
}

func (t *transfer) write(text []byte) error {
	t.beforeWrite(text)
	for len(text) > 0 {
		t.since.Store(time.Now().UnixNano())
		n, err := t.to.Write(text[:min(len(text), writeSize)])
		if err != nil {
			return err
		}
		text = text[n:]
	}
	return nil
}

// read reads what there is. The master of a pseudo-terminal answers EIO when the last
// process has closed the other side (pty(7)). When the sender has ended, what can be
// read at once is the last: somebody else may still have the other end open.
func (t *transfer) read(buffer []byte) (n int, err error) {
	t.since.Store(time.Now().UnixNano())
	if t.moving != nil {
		if n, err = ReadHeld(t.from, t.moving, buffer); !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, endOfFile(err)
		}
	} else if !t.ended.Load() {
		for n, err = t.from.Read(buffer); err != nil && t.readAgain(err); {
			n, err = t.from.Read(buffer)
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, endOfFile(err)
		}
	}
	raw, err := t.from.SyscallConn()
	if err != nil {
		return 0, err
	}
	if closed := raw.Control(func(fd uintptr) { n, err = readReady(int(fd), buffer) }); closed != nil {
		return 0, closed
	}
	return n, endOfFile(err)
}

// readReady reads without waiting; what is not there yet never comes.
func readReady(fd int, buffer []byte) (int, error) {
	input := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	ready, err := utils.Retry(func() (int, error) { return unix.Poll(input, 0) })
	if err != nil {
		return 0, err
	}
	if ready == 0 {
		return 0, io.EOF
	}
	return utils.Reader(fd).Read(buffer)
}

func endOfFile(err error) error {
	if errors.Is(err, unix.EIO) {
		return io.EOF
	}
	return err
}

// endRead says that the sender has ended. A read that waits is interrupted, if there
// is one.
func (t *transfer) endRead() (interrupted bool) {
	t.ended.Store(true)
	return t.from.SetReadDeadline(time.Now()) == nil
}

// stalled reports whether the receiver has taken nothing for a while. A serial line
// takes much at once and sends it slowly.
func (t *transfer) stalled() bool {
	before := t.queued
	if count, err := queuedIn(t.to); err == nil {
		t.queued = count
	}
	return t.queued == before && time.Now().UnixNano()-t.since.Load() > int64(stallTime)
}

// queuedIn is how much a terminal has still to send. The copy may close it meanwhile.
func queuedIn(terminal *os.File) (count int, err error) {
	raw, err := terminal.SyscallConn()
	if err != nil {
		return 0, err
	}
	closed := raw.Control(func(fd uintptr) { count, err = unix.IoctlGetInt(int(fd), unix.TIOCOUTQ) })
	return count, errors.Join(err, closed)
}
