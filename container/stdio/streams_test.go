package stdio

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// All combinations of -t, -i and which of stdin, stdout and stderr are
// terminals. A letter for each stream: n nothing, c the caller's own, r
// relayed, t the container's terminal; ! for the fallback.
func TestPlan(t *testing.T) {
	const flags, terminals = 4, 8
	want := [flags][terminals]string{
		// none, stdin, stdout, both; then the same with stderr
		{"ncc", "ncc", "nrc", "nrc", "ncr", "ncr", "nrr", "nrr"},   // neither flag
		{"ttt", "ttt", "ttt", "ttt", "ttt", "ttt", "ttt", "ttt"},   // -t
		{"ccc", "rcc", "crc", "rrc", "ccr", "rcr", "crr", "rrr"},   // -i
		{"ccc!", "ttt", "ctt", "ttt", "ccr!", "ttt", "ctt", "ttt"}, // -ti
	}
	for flag := range flags {
		for mask := range terminals {
			tty, interactive := flag&1 != 0, flag&2 != 0
			isTerminal := [3]bool{mask&1 != 0, mask&2 != 0, mask&4 != 0}
			sources, fallback := plan(tty, interactive, isTerminal)
			got := ""
			for _, source := range sources {
				got += string("ncrt"[source])
			}
			if fallback {
				got += "!"
			}
			if got != want[flag][mask] {
				t.Errorf("plan(tty %v, interactive %v, terminals %v) = %q, want %q", tty, interactive, isTerminal, got, want[flag][mask])
			}
			for i, source := range sources {
				if source == caller && isTerminal[i] {
					t.Errorf("plan(tty %v, interactive %v, terminals %v) hands out the caller's terminal (TIOCSTI)", tty, interactive, isTerminal)
				}
			}
		}
	}
}

// callers opens three files that stand for the caller's streams.
func callers(t *testing.T) Streams {
	t.Helper()
	var files [3]*os.File
	for i, name := range []string{"stdin", "stdout", "stderr"} {
		file, err := os.OpenFile(filepath.Join(t.TempDir(), name), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := file.Close(); err != nil {
				t.Error(err)
			}
		})
		files[i] = file
	}
	return Streams{files[0], files[1], files[2]}
}

func openFDs(t *testing.T) int {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(fds)
}

func TestStdioPlain(t *testing.T) {
	streams := callers(t)
	before := openFDs(t)
	s, err := Open(streams, Plan{nothing, caller, caller}, Options{OfHost: true})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := unix.Read(s.child[0], make([]byte, 1)); n != 0 || err != nil {
		t.Errorf("stdin gives %d bytes, %v; want none", n, err)
	}
	if s.child[1] != int(streams.Stdout.Fd()) || s.child[2] != int(streams.Stderr.Fd()) {
		t.Error("stdout and stderr are not the caller's own")
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if after := openFDs(t); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

// write stands for the command's output.
func write(t *testing.T, fd int, text string) {
	t.Helper()
	if _, err := unix.Write(fd, []byte(text)); err != nil {
		t.Error(err)
	}
}

func content(t *testing.T, file *os.File) string {
	t.Helper()
	text, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Relayed streams stay apart, and all of them arrives before drain returns.
func TestStdioRelays(t *testing.T) {
	streams := callers(t)
	if _, err := streams.Stdin.WriteString("typed"); err != nil {
		t.Fatal(err)
	}
	if _, err := streams.Stdin.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	s, err := Open(streams, Plan{relay, relay, relay}, Options{Interactive: true, OfHost: true})
	if err != nil {
		t.Fatal(err)
	}
	// The command has copies of its own, which it closes by ending.
	var command [3]int
	for i, fd := range s.child {
		if command[i], err = unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0); err != nil {
			t.Fatal(err)
		}
	}
	err = s.Start(func(error) {}, func() {}, func(syscall.Signal, int) {})
	if err != nil {
		t.Fatal(err)
	}
	var input bytes.Buffer
	stdin := os.NewFile(uintptr(command[0]), "the command's stdin")
	if _, err := io.Copy(&input, stdin); err != nil || input.String() != "typed" {
		t.Errorf("the command read %q, %v", &input, err)
	}
	long := strings.Repeat("line\n", 10_000)
	for line := range strings.Lines(long) {
		write(t, command[1], line)
	}
	write(t, command[2], "complaint")
	if err := errors.Join(stdin.Close(), utils.CloseAll(command[1:]...), drain(t, s), s.Close()); err != nil {
		t.Error(err)
	}
	if got := content(t, streams.Stdout); got != long {
		t.Errorf("stdout got %d bytes, want %d", len(got), len(long))
	}
	if got := content(t, streams.Stderr); got != "complaint" {
		t.Errorf("stderr got %q", got)
	}
}

// The container's terminal is one of its own; its output ends without an
// error although the kernel says EIO, and a stdin that ends becomes Ctrl-D.
func TestStdioTerminal(t *testing.T) {
	streams := callers(t)
	if _, err := streams.Stdin.WriteString("typed\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := streams.Stdin.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	s, err := Open(streams, Plan{terminal, terminal, terminal}, Options{Interactive: true, OfHost: true})
	if err != nil {
		t.Fatal(err)
	}
	if s.child[0] != s.child[1] || s.child[1] != s.child[2] {
		t.Errorf("the command gets %v, want one terminal", s.child)
	}
	slave, err := unix.FcntlInt(uintptr(s.child[0]), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	s.console = nil // the caller of this test has no terminal
	err = s.Start(func(error) {}, func() {}, func(syscall.Signal, int) {})
	if err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 100)
	for _, want := range []string{"typed\n", "", ""} {
		if n, err := unix.Read(slave, buffer); err != nil || string(buffer[:n]) != want {
			t.Errorf("the command read %q, %v; want %q", buffer[:max(n, 0)], err, want)
		}
	}
	write(t, slave, "answer\n")
	if err := errors.Join(unix.Close(slave), drain(t, s), s.Close()); err != nil {
		t.Error(err)
	}
	if got := content(t, streams.Stdout); !strings.HasSuffix(got, "answer\r\n") {
		t.Errorf("stdout got %q", got)
	}
}

// Without -i each read of the command's terminal finds the end of file; where line
// editing is off, that is a key.
func TestStdioTerminalWithoutInput(t *testing.T) {
	s, err := Open(callers(t), Plan{terminal, terminal, terminal}, Options{OfHost: true})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Start(func(error) {}, func() {}, func(syscall.Signal, int) {})
	if err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 10)
	for range 3 {
		if n, err := unix.Read(s.slave, buffer); n != 0 || err != nil {
			t.Errorf("the command read %d bytes, %v; want the end of file", n, err)
		}
	}
	mode, err := unix.IoctlGetTermios(s.slave, unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	mode.Lflag &^= unix.ICANON | unix.ECHO
	if err := unix.IoctlSetTermios(s.slave, unix.TCSETSF, mode); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if n, err := unix.Read(s.slave, buffer); n != 1 || buffer[0] != 4 || err != nil {
			t.Errorf("the command read %q, %v; want Ctrl-D", buffer[:max(n, 0)], err)
		}
	}
	if err := errors.Join(drain(t, s), s.Close()); err != nil {
		t.Error(err)
	}
}

// newTerminal opens a pseudo-terminal that stands for the caller's.
func newTerminal(t *testing.T) *os.File {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(slave.Close(), master.Close()); err != nil {
			t.Error(err)
		}
	})
	return slave
}

// Two names of one terminal are the same; two terminals and a file are not.
func TestSameTerminal(t *testing.T) {
	one, other := newTerminal(t), newTerminal(t)
	again, err := os.OpenFile(one.Name(), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if !sameTerminal(one, again) || sameTerminal(one, other) || sameTerminal(one, callers(t).Stdout) {
		t.Error("sameTerminal is wrong")
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

// The command's terminal has the size of the caller's before it begins.
func TestStdioSize(t *testing.T) {
	slave := newTerminal(t)
	if err := pty.Setsize(slave, &pty.Winsize{Rows: 31, Cols: 97}); err != nil {
		t.Fatal(err)
	}
	s, err := Open(Streams{slave, slave, slave}, Plan{terminal, terminal, terminal}, Options{OfHost: true})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := unix.IoctlGetWinsize(s.Child()[0], unix.TIOCGWINSZ); err != nil || got.Row != 31 || got.Col != 97 {
		t.Errorf("the size is %v, %v", got, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// drain waits for the last output; nobody stalls.
func drain(t *testing.T, s *Stdio) error {
	t.Helper()
	gaveUp, err := s.Drain(func(done <-chan struct{}, _ func() bool) bool {
		<-done
		return false
	})
	if gaveUp {
		t.Error("nobody has given up")
	}
	return err
}
