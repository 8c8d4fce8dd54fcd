package stdio

import (
	"errors"
	"io"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

const (
	// writeTimeout is how long a write waits for who reads.
	writeTimeout = 100 * time.Millisecond
	// maxUnread is how much may wait to be read; what comes then is lost.
	maxUnread = 1 << 20
)

// BoundedWriter writes to a file that nobody may read: a full pipe, a stopped terminal.
// A write waits for its reader for a moment. The rest is written when there is room,
// by a goroutine, or lost at the end of the program. To set O_NONBLOCK instead would
// set it for everybody who shares the file.
type BoundedWriter struct {
	to io.Writer

	mutex sync.Mutex
	rest  []byte        // what is not written yet
	idle  chan struct{} // closed when nothing is left; nil if nobody writes
	held  bool
	err   error
}

// NewBoundedWriter returns one that writes to to.
func NewBoundedWriter(to io.Writer) *BoundedWriter { return &BoundedWriter{to: to} }

// Write implements io.Writer. An error is told by Err, for the reader may be late. Nobody
// waits for one that has not read yet what was written before.
func (w *BoundedWriter) Write(text []byte) (int, error) {
	w.mutex.Lock()
	count, isLate := len(text), w.idle != nil
	if !isLate && !w.held && len(w.rest) == 0 {
		text = text[w.writeNow(text):]
	}
	if len(w.rest)+len(text) <= maxUnread {
		w.rest = append(w.rest, text...)
	}
	idle := w.start()
	w.mutex.Unlock()
	if idle != nil && !isLate {
		awaitIdle(idle)
	}
	return count, nil
}

// writeNow writes what can be written without waiting. Where that is not known, as of
// a terminal, it is nothing.
func (w *BoundedWriter) writeNow(text []byte) (count int) {
	file, is := w.to.(interface{ Fd() uintptr })
	if !is {
		return 0
	}
	count, err := unix.Pwritev2(int(file.Fd()), [][]byte{text}, -1, unix.RWF_NOWAIT)
	if err == nil {
		return count
	}
	var stat unix.Stat_t
	if unix.Fstat(int(file.Fd()), &stat) != nil {
		return 0
	}
	switch stat.Mode & unix.S_IFMT {
	case unix.S_IFREG:
	case unix.S_IFIFO:
		if err == unix.EAGAIN {
			return 0
		}
		return writeToPipe(int(file.Fd()), text)
	default:
		return 0
	}
	if _, err := w.to.Write(text); err != nil {
		w.fail(err)
	}
	return len(text)
}

// writeToPipe does the same for a pipe with which the kernel does not know RWF_NOWAIT: any before
// Linux 6.4, and later one that has a name. That there is room, as poll(2) has it, does not help:
// others may write to it, too, and fill it meanwhile. So it takes a file of its own that does not block.
func writeToPipe(fd int, text []byte) (count int) {
	own, err := utils.Open(utils.FDPath(fd), unix.O_WRONLY|unix.O_NONBLOCK)
	if err != nil {
		return 0
	}
	count, err = utils.Retry(func() (int, error) { return unix.Write(own, text) })
	if err := errors.Join(err, unix.Close(own)); err != nil { // who writes the rest meets it, too
		return max(0, count)
	}
	return count
}

// fail keeps an error. A reader that has had enough is none (mydocker ... | head).
func (w *BoundedWriter) fail(err error) {
	if !errors.Is(err, unix.EPIPE) {
		w.err = err
	}
}

// awaitIdle waits for a moment. The runtime's timers would need a descriptor and a thread,
// of which there may be none: that may be what has to be told.
func awaitIdle(idle <-chan struct{}) {
	const pauses = 20 // at least: the whole machine may stand still for that time
	pause := unix.NsecToTimespec(int64(200 * time.Microsecond))
	end := time.Now().Add(writeTimeout)
	for n := 0; n < pauses || time.Now().Before(end); n++ {
		select {
		case <-idle:
			return
		default:
		}
		if err := unix.Nanosleep(&pause, nil); err != nil && err != unix.EINTR {
			return
		}
	}
}

// start has what is left written, if nobody does so yet. It returns what is closed when
// that is done, nil if there is nothing to do.
func (w *BoundedWriter) start() <-chan struct{} {
	if w.idle == nil && !w.held && len(w.rest) > 0 {
		w.idle = make(chan struct{})
		go w.writeRest()
	}
	return w.idle
}

func (w *BoundedWriter) writeRest() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for len(w.rest) > 0 && !w.held {
		text := w.rest
		w.rest = nil
		w.mutex.Unlock()
		_, err := w.to.Write(text)
		w.mutex.Lock()
		if err != nil {
			w.fail(err)
		}
	}
	close(w.idle)
	w.idle = nil
}

// Hold keeps what is written from here on until Release is called.
func (w *BoundedWriter) Hold() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.held = true
}

// Release is the opposite of Hold.
func (w *BoundedWriter) Release() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.held = false
	w.start()
}

// Idle returns a channel that is closed when all is written, nil if it is.
func (w *BoundedWriter) Idle() <-chan struct{} {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.start()
}

// Flush waits for the reader a last time, for a moment.
func (w *BoundedWriter) Flush() {
	w.Release()
	if idle := w.Idle(); idle != nil {
		awaitIdle(idle)
	}
}

// Err returns the last error of writing.
func (w *BoundedWriter) Err() error {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.err
}
