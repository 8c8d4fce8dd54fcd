package container

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestWriteNew(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "id")
	if err := writeNew(file, "one"); err != nil {
		t.Fatal(err)
	}
	if err := writeNew(file, "two"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a file that exists: %v", err)
	}
	expectContent(t, file, "one")
	link := filepath.Join(dir, "link")
	if err := os.Symlink("nowhere", link); err != nil {
		t.Fatal(err)
	}
	if err := writeNew(link, "two"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a link that leads nowhere: %v", err)
	}
}

// Only what holds the content is removed: no other's, no directory, no device.
func TestRemove(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "pid")
	if err := os.WriteFile(file, []byte("17"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	if err := remove(link, "17"); err != nil {
		t.Errorf("remove(%s): %v", link, err)
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
