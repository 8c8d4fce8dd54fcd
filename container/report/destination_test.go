package report

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestOpenFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "r.json")
	for _, content := range []string{"first\n", "second\n"} {
		d, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != content {
			t.Errorf("%q, %v", got, err)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}

// A rename that fails leaves neither the report nor its temporary file.
func TestReplaceFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "r.json")
	d, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(path, "full"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := d.Write([]byte("{}")); err == nil {
		t.Error("a directory was replaced")
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}

// A name that fills its directory entry leaves no room for a longer one.
func TestReplaceLongName(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, strings.Repeat("n", unix.NAME_MAX))
	d, err := Open(path)
	if err == nil {
		err = d.Write([]byte("{}"))
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
	if _, err := Open(path + "n"); !errors.Is(err, unix.ENAMETOOLONG) {
		t.Errorf("a longer one: %v", err)
	}
}

// A new file has the mode of the umask, and one that is replaced keeps its own.
func TestReplaceKeepsMode(t *testing.T) {
	defer unix.Umask(unix.Umask(0o027))
	path := filepath.Join(t.TempDir(), "r.json")
	for _, mode := range []fs.FileMode{0o640, 0o600, 0o606, 0o444} {
		if err := os.Chmod(path, mode); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		d, err := Open(path)
		if err == nil {
			err = d.Write([]byte("{}"))
		}
		if err != nil {
			t.Fatal(err)
		}
		if stat, err := os.Stat(path); err != nil || stat.Mode() != mode {
			t.Errorf("the mode is %v, want %v (%v)", stat.Mode(), mode, err)
		}
	}
}

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

func TestOpenDevice(t *testing.T) {
	d, err := Open("/dev/full")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Write([]byte("x")); !errors.Is(err, unix.ENOSPC) {
		t.Errorf("write to /dev/full: %v", err)
	}
}
