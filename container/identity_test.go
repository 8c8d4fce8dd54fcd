package container

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestWriteFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "id")
	if err := writeFile(file, unix.O_EXCL, "one"); err != nil {
		t.Fatal(err)
	}
	if err := writeFile(file, unix.O_EXCL, "two"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a file that exists: %v", err)
	}
	expectContent(t, file, "one")
	if err := writeFile(file, unix.O_TRUNC, "2"); err != nil {
		t.Error(err)
	}
	expectContent(t, file, "2")
	if err := writeFile("/dev/full", unix.O_TRUNC, "3"); !errors.Is(err, unix.ENOSPC) {
		t.Errorf("a full device: %v", err)
	}
}

// Only what holds the content is removed: no other's, no directory, no device.
func TestRemove(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "pid")
	if err := os.WriteFile(file, []byte("17"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, kept := range []string{file, dir, os.DevNull, filepath.Join(dir, "none")} {
		if err := remove(kept, "1"); err != nil {
			t.Errorf("remove(%s): %v", kept, err)
		}
	}
	expectContent(t, file, "17")
	if err := remove(file, "17"); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
}

func expectContent(t *testing.T, file, want string) {
	t.Helper()
	if content, err := os.ReadFile(file); err != nil || string(content) != want {
		t.Errorf("%s holds %q, %v; want %q", file, content, err, want)
	}
}
