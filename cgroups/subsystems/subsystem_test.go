package subsystems

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestNew(t *testing.T) {
	for _, name := range Names(limits(0, 0)) {
		if got := New(name, &Hierarchy{}, ignored).Name(); got != name {
			t.Errorf("New(%q).Name() = %q", name, got)
		}
	}
}

func TestApply(t *testing.T) {
	tests := []struct {
		version     Version
		pid         int
		file, value string
	}{
		{V1, 4711, "cgroup.procs", "4711"},
		{V1, 0, "tasks", "0"},
		{V2, 4711, "cgroup.procs", "4711"},
		{V2, 0, "cgroup.procs", "0"},
	}
	for _, test := range tests {
		for _, name := range Names(limits(0, 0)) {
			// Only the file that is expected exists.
			h := fakeHierarchy(t, test.version, map[string]string{"c/" + test.file: ""})
			if err := New(name, h, ignored).Apply("/c", test.pid); err != nil {
				t.Errorf("%s on v%d: %v", name, test.version, err)
			}
			expect(t, h, map[string]string{"c/" + test.file: test.value})
		}
	}
}

func TestRemove(t *testing.T) {
	h := fakeHierarchy(t, V1, map[string]string{"other/file": ""})
	for _, name := range Names(limits(0, 0)) {
		s := New(name, h, ignored)
		if err := os.MkdirAll(h.Dir("/c/deep/deeper"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(h.Dir("/c/broad"), 0o755); err != nil {
			t.Fatal(err)
		}
		for _, when := range []string{"tree", "tree that is gone"} {
			if err := s.Remove("/c"); err != nil {
				t.Errorf("%s: Remove of a %s = %v", name, when, err)
			}
		}
		if _, err := os.Stat(h.Dir("/c")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: Remove left the cgroup", name)
		}
	}
	if _, err := os.Stat(h.Dir("/other/file")); err != nil {
		t.Errorf("Remove touched another cgroup: %v", err)
	}
}

// What cannot be removed is an error that names it: on a plain file system
// that is a directory with a file in it.
func TestRemoveFails(t *testing.T) {
	for _, busy := range []string{"/c", "/c/deep"} {
		h := fakeHierarchy(t, V1, map[string]string{filepath.Join(busy, "file"): ""})
		err := New(CPUName, h, ignored).Remove("/c")
		if want := "rmdir " + h.Dir(busy) + ": directory not empty"; err == nil || err.Error() != want {
			t.Errorf("Remove() = %v, want %s", err, want)
		}
		if !errors.Is(err, unix.ENOTEMPTY) {
			t.Errorf("Remove() = %v, want it to unwrap to the errno", err)
		}
	}
}
