package logs

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// journald is a socket as journald has it.
func journald(t *testing.T) (*net.UnixConn, string) {
	path := filepath.Join(t.TempDir(), "socket")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
	return conn, path
}

// receive reads an entry as journald does: from the datagram, or the file that comes with it.
func receive(t *testing.T, conn *net.UnixConn) map[string]string {
	packet, control := make([]byte, 1<<20), make([]byte, 64)
	n, c, _, _, err := conn.ReadMsgUnix(packet, control)
	if err != nil {
		t.Fatal(err)
	}
	packet = packet[:n]
	if c > 0 {
		packet = receiveFile(t, control[:c])
	}
	fields := make(map[string]string)
	for len(packet) > 0 {
		name, rest, found := bytes.Cut(packet, []byte{'\n'})
		if !found || len(rest) < 8 {
			t.Fatalf("%q", packet)
		}
		size := binary.LittleEndian.Uint64(rest)
		fields[string(name)] = string(rest[8 : 8+size])
		packet = rest[8+size+1:]
	}
	return fields
}

func receiveFile(t *testing.T, control []byte) []byte {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		t.Fatal(err)
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		t.Fatal(err)
	}
	seals, err := unix.FcntlInt(uintptr(fds[0]), unix.F_GET_SEALS, 0)
	if err != nil || seals&unix.F_SEAL_WRITE == 0 {
		t.Error(seals, err)
	}
	file := os.NewFile(uintptr(fds[0]), "entry")
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Error(err)
	}
	return content
}

func TestJournald(t *testing.T) {
	conn, path := journald(t)
	o, err := parse(Config{Driver: DriverJournald, Options: map[string]string{"labels": "com.example/x", "env": "BIG", "tag": "t/{{.Name}}"}})
	if err != nil {
		t.Fatal(err)
	}
	big := strings.Repeat("x", 300<<10)
	j, err := openJournal(path, o, Info{ID: strings.Repeat("a", 64), Name: "web", Image: "box", Labels: map[string]string{"com.example/x": "1"}, Env: []string{"BIG=" + big}})
	if err != nil {
		t.Fatal(err)
	}
	l := &Log{sink: j}
	go func() { l.Write(Stderr, time.Now(), []byte("a\xff\x00\nno end")) }()
	got := receive(t, conn)
	for name, want := range map[string]string{
		"MESSAGE": "a\xff\x00", "PRIORITY": "3", "CONTAINER_ID": strings.Repeat("a", 12), "CONTAINER_ID_FULL": strings.Repeat("a", 64), "CONTAINER_NAME": "web",
		"CONTAINER_TAG": "t/web", "SYSLOG_IDENTIFIER": "t/web", "IMAGE_NAME": "box", "COM_EXAMPLE_X": "1", "BIG": big,
	} {
		if got[name] != want {
			t.Errorf("%s is %.80q", name, got[name])
		}
	}
	if _, isPartial := got["CONTAINER_PARTIAL_MESSAGE"]; isPartial || len(got) != 10 {
		t.Errorf("%d fields, partial: %v", len(got), isPartial)
	}
	closed := make(chan error, 1)
	go func() { closed <- l.Close() }()
	if got := receive(t, conn); got["MESSAGE"] != "no end" || got["CONTAINER_PARTIAL_MESSAGE"] != "true" || got["PRIORITY"] != "3" {
		t.Errorf("%.80q", got["MESSAGE"])
	}
	if err := <-closed; err != nil || l.Lost() != 0 {
		t.Error(err, l.Lost())
	}
}

// A journald that takes nothing keeps the container waiting once, and what is lost is counted.
func TestJournaldThatWaits(t *testing.T) {
	_, path := journald(t)
	o, err := parse(Config{Driver: DriverJournald})
	if err != nil {
		t.Fatal(err)
	}
	j, err := openJournal(path, o, Info{})
	if err != nil {
		t.Fatal(err)
	}
	l := &Log{sink: j}
	line := []byte(strings.Repeat("x", 9999) + "\n")
	for l.Lost() < 100*int64(len(line)) {
		l.Write(Stdout, time.Now(), line)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}
