package notify

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// manager is a service manager that reads messages.
func manager(t *testing.T) (*net.UnixConn, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "manager")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn, path
}

func receive(t *testing.T, conn *net.UnixConn) (string, int) {
	t.Helper()
	buffer, oob := make([]byte, 8192), make([]byte, 128)
	if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	n, oobn, _, _, err := conn.ReadMsgUnix(buffer, oob)
	if err != nil {
		t.Fatal(err)
	}
	fds := descriptors(oob[:oobn])
	for _, fd := range fds {
		_ = unix.Close(fd)
	}
	return string(buffer[:n]), len(fds)
}

func TestProxy(t *testing.T) {
	conn, path := manager(t)
	base := filepath.Join(t.TempDir(), strings.Repeat("long", 30), "notify")
	p, err := Listen(base, path, func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	// The path is too long for an address; a container has it at another.
	short := filepath.Join(t.TempDir(), "l")
	if err := os.Symlink(p.Dir, short); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(short, SocketName)
	for _, test := range []struct {
		sent, want string
		fds        []int
		passed     int
	}{
		{"READY=1", "READY=1", nil, 0},
		{"STATUS=well, well\nMAINPID=1\nREADY=1\n", "STATUS=well, well\nREADY=1", []int{0, 1}, 0},
		{"WATCHDOG=1", "WATCHDOG=1", []int{0}, 0},
		{barrier, barrier, []int{0}, 1},
		{"STOPPING=1\nX=\x00", "STOPPING=1", nil, 0},
	} {
		for _, nothing := range []string{"MAINPID=7", "FDSTORE=1", "", "BARRIER=1", "READY", strings.Repeat("STATUS=x\n", 1000)} {
			if err := Send(socket, nothing); err != nil {
				t.Fatal(err)
			}
		}
		if err := send(socket, test.sent, test.fds); err != nil {
			t.Fatal(err)
		}
		if got, fds := receive(t, conn); got != test.want || fds != test.passed {
			t.Errorf("%q: %q with %d descriptors", test.sent, got, fds)
		}
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if entries, err := os.ReadDir(base); err != nil || len(entries) != 0 {
		t.Errorf("%v, %v is left", entries, err)
	}
}

// What a proxy has left that was killed is removed by the next; what one has that lives is not.
func TestProxyClearsLeftovers(t *testing.T) {
	_, path := manager(t)
	base := t.TempDir()
	listen := func() *Proxy {
		p, err := Listen(base, path, func(error) {})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	killed, other := listen(), listen()
	if err := errors.Join(killed.lock.Close(), killed.socket.Close()); err != nil {
		t.Fatal(err)
	}
	<-killed.done
	last := listen()
	if _, err := os.Stat(killed.Dir); err == nil {
		t.Errorf("%s is left", killed.Dir)
	}
	if err := Send(other.Path(), "READY=1"); err != nil {
		t.Error(err)
	}
	if err := errors.Join(other.Close(), last.Close()); err != nil {
		t.Error(err)
	}
}

// A receiver takes READY=1 as a line of its own, in the place of what a killed one has left, and
// waits no longer than the process lives.
func TestReceiver(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct {
		sent  string
		ready bool
	}{
		{"READY=1", true}, {"STATUS=x\nREADY=1\n", true}, {"READY=0", false}, {"XREADY=1", false}, {"READY=1 ", false},
		{strings.Repeat("x", maxMessage) + "\nREADY=1", false}, {"", false},
	} {
		r, err := Receive(dir) // the last one's is there
		if err != nil {
			t.Fatal(err)
		}
		if err := send(filepath.Join(dir, SocketName), test.sent, []int{0, 1}); err != nil {
			t.Fatal(err)
		}
		ready, err := r.Await(ended(t))
		if ready != test.ready || err != nil {
			t.Errorf("%.20q: ready %t, %v", test.sent, ready, err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// ended is readable, as the pidfd of a process that has ended.
func ended(t *testing.T) int {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = read.Close() })
	if err := write.Close(); err != nil {
		t.Fatal(err)
	}
	return int(read.Fd())
}

// A barrier is over when the manager has closed what it got.
func TestBarrier(t *testing.T) {
	conn, path := manager(t)
	over := make(chan error, 1)
	go func() { over <- Barrier(path) }()
	if got, fds := receive(t, conn); got != barrier || fds != 1 {
		t.Errorf("%q with %d descriptors", got, fds)
	}
	if err := <-over; err != nil {
		t.Error(err)
	}
}

func TestAddress(t *testing.T) {
	for socket, want := range map[string]bool{"/run/systemd/notify": true, "@name": true, "": false, "run": false, "vsock:2:1": false} {
		if _, err := address(socket); (err == nil) != want {
			t.Errorf("%q: %v", socket, err)
		}
	}
	if err := Send("/nonexistent/socket", Ready); !errors.Is(err, unix.ENOENT) {
		t.Error(err)
	}
}

func FuzzFiltered(f *testing.F) {
	for _, message := range []string{"READY=1", "STATUS=a\nMAINPID=1", "=\n==", "READY=\x00"} {
		f.Add(message)
	}
	f.Fuzz(func(t *testing.T, message string) {
		for _, line := range strings.Split(filtered(message), "\n") {
			if name, _, _ := strings.Cut(line, "="); line != "" && !passedOn(name) {
				t.Errorf("%q passes on %q", message, line)
			}
		}
	})
}
