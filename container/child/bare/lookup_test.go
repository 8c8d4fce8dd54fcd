package bare

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// fakePath makes directories with files in them and changes into the first;
// a mode of 0 stands for a directory.
func fakePath(t *testing.T, files map[string]os.FileMode) string {
	t.Helper()
	root := t.TempDir()
	for name, mode := range files {
		path := filepath.Join(root, name)
		dir := filepath.Dir(path)
		if mode == 0 {
			dir = path
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if mode != 0 {
			if err := os.WriteFile(path, []byte("#!/bin/sh\n"), mode); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Chdir(root)
	return root
}

func TestLookUpCommand(t *testing.T) {
	root := fakePath(t, map[string]os.FileMode{
		"one/tool": 0o755, "two/tool": 0o755, "two/second": 0o755,
		"one/plain": 0o644, "two/plain": 0o755, "one/only-plain": 0o644,
		"one/folder": 0, "two/folder": 0o755, "one/only-folder": 0,
		"here": 0o755, "sub/there": 0o755, "two words/to ol": 0o755, "file": 0o644,
	})
	both := "PATH=" + root + "/one:" + root + "/two"
	tests := []struct {
		name, path string
		want       string
		errno      syscall.Errno
	}{
		{"tool", both, root + "/one/tool", 0},
		{"second", both, root + "/two/second", 0},
		{"plain", both, root + "/two/plain", 0}, // the first may not be executed
		{"only-plain", both, root + "/one/only-plain", unix.EACCES},
		{"folder", both, root + "/two/folder", 0},
		{"only-folder", both, "only-folder", unix.ENOENT},
		{"no-such", both, "no-such", unix.ENOENT},
		{"", both, "", unix.ENOENT},
		{"to ol", "PATH=" + root + "/two words", root + "/two words/to ol", 0},
		// An empty entry is the current directory.
		{"here", "PATH=", "./here", 0},
		{"here", "PATH=:" + root + "/one", "./here", 0},
		{"here", "PATH=" + root + "/one:", "./here", 0},
		{"here", both, "here", unix.ENOENT},
		{"tool", "PATH=one", "one/tool", 0},
		// An entry that is no directory, or does not exist.
		{"tool", "PATH=" + root + "/file:/no/such:" + root + "/two", root + "/two/tool", 0},
		// A name with a slash is not looked up.
		{"./here", both, "./here", 0},
		{"sub/there", both, "sub/there", 0},
		{root + "/one/tool", "PATH=", root + "/one/tool", 0},
		{"./no-such", both, "./no-such", unix.ENOENT},
		{"./file", both, "./file", unix.EACCES},
		{"./one", both, "./one", unix.EISDIR},
		{"one/", both, "one/", unix.EISDIR},
		{"./file/x", both, "./file/x", unix.ENOTDIR},
		{"/dev/null", both, "/dev/null", unix.EACCES},
		{"/", both, "/", unix.EISDIR},
	}
	for _, test := range tests {
		init := newInit(t, &wire.Config{Args: []string{test.name, "arg"}, Env: []string{"A=b", test.path}})
		got, errno := init.lookUpCommand()
		if got != test.want || errno != test.errno {
			t.Errorf("%q in %s: %q, errno %v; want %q, %v", test.name, test.path, got, errno, test.want, test.errno)
		}
		if errno == 0 && text(init.command) != got {
			t.Errorf("%q in %s: %q is reported, %q would be executed", test.name, test.path, got, text(init.command))
		}
	}
}

func TestPathOf(t *testing.T) {
	tests := []struct {
		env  []string
		want string
	}{
		{nil, defaultPath},
		{[]string{"XPATH=/x", "PATH", "PATHX=/x", "path=/x"}, defaultPath},
		{[]string{"A=b", "PATH=/bin"}, "/bin"},
		{[]string{"PATH="}, ""},
		{[]string{"PATH=/first", "PATH=/second"}, "/first"}, // as getenv(3) does
	}
	for _, test := range tests {
		init := newInit(t, &wire.Config{Args: []string{"x"}, Env: test.env})
		if got := pathOf(init.config.env); got != test.want {
			t.Errorf("pathOf(%q) = %q, want %q", test.env, got, test.want)
		}
	}
}

// A candidate that is longer than any path can be is passed over.
func TestLookUpLongPath(t *testing.T) {
	root := fakePath(t, map[string]os.FileMode{"tool": 0o755})
	long := strings.Repeat("x", unix.PathMax)
	init := newInit(t, &wire.Config{Args: []string{"tool"}, Env: []string{"PATH=/" + long + ":" + root}})
	if got, errno := init.lookUpCommand(); got != root+"/tool" || errno != 0 {
		t.Errorf("%q, %v", got, errno)
	}
}
