package stdio

import (
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// pipes returns the ends of a transfer between two pipes: who writes into it, and who
// reads from it. The last is small.
func pipes(t *testing.T) (in *os.File, transfer *transfer, out *os.File) {
	t.Helper()
	from, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := unix.FcntlInt(to.Fd(), unix.F_SETPIPE_SZ, 4096); err != nil {
		t.Fatal(err)
	}
	return in, newTransfer(from, to, to.Close), out
}

// A reader that is slow, but reads, has not stalled, and gets all of it: with what it takes the
// time begins anew.
func TestTransferToSlowReader(t *testing.T) {
	in, transfer, out := pipes(t)
	const size, pipe = 40_000, 4096
	copied := make(chan error, 1)
	go func() { copied <- transfer.copy() }()
	write(t, int(in.Fd()), string(make([]byte, size)))
	transfer.endRead() // in is still open
	buffer := make([]byte, pipe)
	for got := 0; ; {
		since := transfer.since.Load()
		n, err := out.Read(buffer)
		if got += n; err != nil {
			if err != io.EOF || got != size {
				t.Errorf("%d bytes came, %v; want %d", got, err, size)
			}
			break
		}
		for got < size-pipe && transfer.since.Load() == since { // the last of it is in the pipe already
			time.Sleep(time.Millisecond)
		}
		since = transfer.since.Load()
		if transfer.stalled() && time.Since(time.Unix(0, since)) < stallTime {
			t.Fatal("a reader that reads has stalled")
		}
	}
	if err := <-copied; err != nil {
		t.Error(err)
	}
	if err := in.Close(); err != nil {
		t.Error(err)
	}
}

// One that does not read has.
func TestTransferToNobody(t *testing.T) {
	in, transfer, out := pipes(t)
	copied := make(chan error, 1)
	go func() { copied <- transfer.copy() }()
	write(t, int(in.Fd()), string(make([]byte, 40_000)))
	transfer.endRead()
	for !transfer.stalled() {
		time.Sleep(stallTime / 10)
	}
	if err := out.Close(); err != nil {
		t.Error(err)
	}
	if err := <-copied; !errors.Is(err, unix.EPIPE) {
		t.Errorf("copy = %v", err)
	}
	if err := in.Close(); err != nil {
		t.Error(err)
	}
}
