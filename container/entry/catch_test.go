//go:build amd64 || arm64

package entry

import (
	"os/signal"
	"testing"

	"golang.org/x/sys/unix"
)

// Signals are written to the pipe in the order in which they come; one that is
// ignored stays so.
func TestCatch(t *testing.T) {
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	signal.Ignore(unix.SIGHUP)
	caught := []unix.Signal{unix.SIGTERM, unix.SIGABRT}
	if errno := Catch(ends[1]); errno != 0 {
		t.Fatal(errno)
	}
	for range 100 {
		for _, sig := range []unix.Signal{unix.SIGHUP, unix.SIGTERM, unix.SIGABRT} {
			if err := unix.Kill(unix.Getpid(), sig); err != nil {
				t.Fatal(err)
			}
			if sig == unix.SIGHUP {
				continue
			}
			var info [128]byte
			if n, err := unix.Read(ends[0], info[:]); n != len(info) || err != nil || info[0] != byte(sig) {
				t.Fatalf("read %d bytes, %v, of signal %d, want %v", n, err, info[0], sig)
			}
		}
	}
	for _, sig := range caught {
		signal.Reset(sig)
	}
}
