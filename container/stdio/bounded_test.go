package stdio

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// fullPipe returns a pipe that has no room left.
func fullPipe(t *testing.T) (reader, writer *os.File) {
	t.Helper()
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	size, err := unix.FcntlInt(uintptr(ends[1]), unix.F_GETPIPE_SZ, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := unix.Write(ends[1], make([]byte, size)); err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(ends[0]), "reader"), os.NewFile(uintptr(ends[1]), "writer")
}

// Nobody reads: no write waits for long, only the first at all, and all of it arrives
// when there is a reader, in order.
func TestBoundedWriter(t *testing.T) {
	reader, writer := fullPipe(t)
	w := NewBoundedWriter(writer)
	const lines = 100
	var took []time.Duration
	for range lines {
		begun := time.Now()
		if n, err := w.Write([]byte("line\n")); n != 5 || err != nil {
			t.Errorf("Write = %d, %v", n, err)
		}
		took = append(took, time.Since(begun))
	}
	w.Flush()
	slices.Sort(took)
	if took[lines/2] >= writeTimeout { // of a single one a busy machine has the say
		t.Errorf("a line takes %v", took[lines/2])
	}
	idle := w.Idle()
	go func() {
		<-idle
		if err := writer.Close(); err != nil {
			t.Error(err)
		}
	}()
	read := make([]byte, 0, 1<<20)
	for {
		n, err := reader.Read(read[len(read):cap(read)])
		read = read[:len(read)+n]
		if err != nil {
			break
		}
	}
	if got := strings.Trim(string(read), "\x00"); got != strings.Repeat("line\n", lines) {
		t.Errorf("%q arrived", got)
	}
	if err := errors.Join(w.Err(), reader.Close()); err != nil {
		t.Error(err)
	}
}

// What nobody reads does not take all memory.
func TestBoundedWriterIsBounded(t *testing.T) {
	reader, writer := fullPipe(t)
	w := NewBoundedWriter(writer)
	for range 10 {
		if _, err := w.Write(make([]byte, maxUnread/4)); err != nil {
			t.Error(err)
		}
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if len(w.rest) > maxUnread {
		t.Errorf("%d bytes are kept", len(w.rest))
	}
	if err := reader.Close(); err != nil { // which ends the writing
		t.Error(err)
	}
}

// What is held is written when it is released, behind what came before.
func TestBoundedWriterHolds(t *testing.T) {
	var text strings.Builder
	w := NewBoundedWriter(&text)
	write := func(s string) {
		if _, err := w.Write([]byte(s)); err != nil {
			t.Error(err)
		}
	}
	write("one ")
	w.Hold()
	write("two ")
	if text.String() != "one " {
		t.Errorf("%q is written", text.String())
	}
	w.Flush()
	write("three")
	if text.String() != "one two three" {
		t.Errorf("%q is written", text.String())
	}
}

// Many write to a pipe with a name that nobody reads: whoever finds it full does not wait, though
// there was room when it looked.
func TestBoundedWritersOfOnePipe(t *testing.T) {
	const pipes, writers = 30, 8
	for n := range pipes {
		path := filepath.Join(t.TempDir(), strconv.Itoa(n))
		if err := unix.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
		reader, err := os.OpenFile(path, os.O_RDWR|unix.O_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		var all []*BoundedWriter
		for range writers {
			fd, err := unix.Open(path, unix.O_WRONLY|unix.O_CLOEXEC, 0)
			if err != nil {
				t.Fatal(err)
			}
			w := NewBoundedWriter(os.NewFile(uintptr(fd), path))
			all = append(all, w)
			group.Go(func() {
				for w.Idle() == nil { // until it is full
					if _, err := w.Write(make([]byte, 4096)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		if err := reader.Close(); err != nil { // which ends the goroutines that still write
			t.Fatal(err)
		}
		for _, w := range all {
			if idle := w.Idle(); idle != nil {
				<-idle
			}
		}
	}
}
