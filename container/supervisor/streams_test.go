package supervisor

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/logs"
	"github.com/mydocker/mydocker/container/session"
)

// A command may give its stdout to a process outside the container, which keeps it and goes on writing.
// All that was written before the end is read, and no more is waited for.
func TestStreamsThatSomebodyKeeps(t *testing.T) {
	dir := t.TempDir()
	output, err := logs.Open(dir, logs.Config{}, logs.Info{})
	if err != nil {
		t.Fatal(err)
	}
	s := &streams{output: output, hub: NewHub(nil, false, nil, nil)}
	s.child.Stdin, err = os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if s.child.Stdout, err = s.pipe(session.FrameStdout); err != nil {
		t.Fatal(err)
	}
	if s.child.Stderr, err = s.pipe(session.FrameStderr); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.FcntlInt(s.child.Stdout.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	writer := os.NewFile(uintptr(fd), "kept")
	if _, err := writer.WriteString(strings.Repeat("x", 60000) + "\nthe last\n"); err != nil {
		t.Fatal(err)
	}
	s.start()
	if err := s.finish(); err != nil {
		t.Error(err)
	}
	if err := writer.Close(); err != nil {
		t.Error(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	var text []byte
	for _, f := range files {
		content, err := os.ReadFile(dir + "/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, content...)
	}
	if bytes.Count(text, []byte("x")) < 60000 || !bytes.Contains(text, []byte("the last")) {
		t.Errorf("%d bytes in the log, without the last", len(text))
	}
}
