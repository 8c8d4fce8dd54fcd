package report

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestOpenFD(t *testing.T) {
	var pipe [2]int // not close-on-exec: as if they were passed on
	if err := unix.Pipe(pipe[:]); err != nil {
		t.Fatal(err)
	}
	d, err := Open(fmt.Sprintf("fd:%d", pipe[1]))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Write([]byte("all")); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 9)
	if n, err := unix.Read(pipe[0], buffer); err != nil || string(buffer[:n]) != "all" {
		t.Errorf("read %q, %v", buffer[:n], err)
	}
	if _, err := Open(fmt.Sprintf("fd:%d", pipe[0])); !errors.Is(err, unix.EBADF) {
		t.Errorf("the reading end: %v", err)
	}
	// It is close-on-exec now, as the runtime's own are.
	if _, err := Open(fmt.Sprintf("fd:%d", pipe[1])); !errors.Is(err, unix.EBADF) {
		t.Errorf("a descriptor of this process: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	for name, target := range map[string]string{"link": "file", "dangling": "nowhere"} {
		if err := os.Symlink(filepath.Join(dir, target), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(filepath.Join(dir, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, where := range []string{"", "fd:", "fd:-1", "fd:x", "fd:99999999999", dir, dir + "/no/where", dir + "/file/x", dir + "/link", dir + "/dangling", dir + "/fifo"} {
		if _, err := Open(where); err == nil {
			t.Errorf("Open(%q) works", where)
		}
	}
	if _, err := Open(filepath.Join(dir, "no", "where")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
