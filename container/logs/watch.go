package logs

import (
	"encoding/binary"
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// The time between two looks where nothing is said to have happened: soon is for when a writer
// may have ended, whose lock the kernel drops a moment later.
const (
	lookAgain = 250 * time.Millisecond
	lookSoon  = 5 * time.Millisecond
)

// watch waits for what happens in a directory. Where the kernel gives no more inotify instances,
// it waits for a while instead.
type watch struct {
	file   *os.File // nil for none
	events []byte
	// patience is how long it waits at most.
	patience time.Duration
}

func newWatch(d directory) *watch {
	w := &watch{patience: lookAgain}
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return w
	}
	file := os.NewFile(uintptr(fd), "inotify")
	const mask = unix.IN_MODIFY | unix.IN_CREATE | unix.IN_CLOSE_WRITE
	if _, err := unix.InotifyAddWatch(fd, utils.FDPath(d.fd()), mask); err != nil {
		return w.without(file)
	}
	w.file, w.events = file, make([]byte, 4<<10)
	return w
}

// without gives inotify up.
func (w *watch) without(file *os.File) *watch {
	_ = file.Close() //nolint:errcheck // nothing was written to it
	w.file = nil
	return w
}

// wait waits until something may have happened, or time has passed. ended is whether the writer
// may have ended.
func (w *watch) wait() (ended bool) {
	if w.file == nil {
		time.Sleep(w.patience)
		return true
	}
	err := w.file.SetReadDeadline(time.Now().Add(w.patience))
	n := 0
	if err == nil {
		n, err = w.file.Read(w.events)
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		w.patience = min(2*w.patience, lookAgain)
		return true
	case err != nil:
		w.without(w.file)
		return true
	}
	if !hasClosed(w.events[:n]) {
		return false
	}
	w.patience = lookSoon
	return true
}

// hasClosed reports whether somebody who could write has closed a file, in events of inotify(7).
func hasClosed(events []byte) bool {
	for len(events) >= unix.SizeofInotifyEvent {
		if binary.NativeEndian.Uint32(events[4:])&unix.IN_CLOSE_WRITE != 0 {
			return true
		}
		next := unix.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(events[12:]))
		events = events[min(next, len(events)):]
	}
	return false
}

func (w *watch) close() error {
	if w.file == nil {
		return nil
	}
	return w.file.Close()
}
