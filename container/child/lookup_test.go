package child

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"mydocker/container/wire"
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
		c := &container{config: &wire.Config{Args: []string{test.name, "arg"}, Env: []string{"A=b", test.path}}}
		got, err := lookUpCommand(c)
		var errno syscall.Errno
		if err != nil {
			got, errno = err.operand, err.errno
		}
		if got != test.want || errno != test.errno {
			t.Errorf("%q in %s: %q, errno %v; want %q, %v", test.name, test.path, got, errno, test.want, test.errno)
		}
		if errno == 0 && c.command != got {
			t.Errorf("%q in %s: %q is reported, %q would be executed", test.name, test.path, got, c.command)
		}
		wantDetail := errno == unix.ENOENT && !strings.Contains(test.name, "/")
		if err != nil && (err.detail == "not found in PATH") != wantDetail {
			t.Errorf("%q in %s: detail %q", test.name, test.path, err.detail)
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
		if got := pathOf(test.env); got != test.want {
			t.Errorf("pathOf(%q) = %q, want %q", test.env, got, test.want)
		}
	}
}

func TestWhyNotExecutable(t *testing.T) {
	const neither = "it is neither a program nor a script that starts with #!"
	const loader = "its interpreter (the loader of a dynamically linked program) does not exist"
	tests := []struct {
		content string
		errno   syscall.Errno
		want    string
	}{
		{"#!/no/such/interpreter\necho\n", unix.ENOENT, "its interpreter /no/such/interpreter does not exist"},
		{"#! /no/such/env  python3 -u\n", unix.ENOENT, "its interpreter /no/such/env does not exist"},
		{"#!/no/such/env\tpython3\n", unix.ENOENT, "its interpreter /no/such/env does not exist"},
		{"#!/no/such", unix.ENOENT, "its interpreter /no/such does not exist"},
		{"\x7fELF\x02\x01\x01", unix.ENOENT, loader},
		{"\x7fELF\x02\x01\x01", unix.ENOEXEC, "it is a program for another architecture, or damaged"},
		{"\x7fEL", unix.ENOEXEC, neither},
		{"echo hello\n", unix.ENOEXEC, neither},
		{"", unix.ENOEXEC, neither},
		{"#!/bin/sh\n", unix.EACCES, ""},
		{"#!/bin/sh\n", unix.ETXTBSY, ""},
	}
	for _, test := range tests {
		path := filepath.Join(t.TempDir(), "command")
		if err := os.WriteFile(path, []byte(test.content), 0o755); err != nil {
			t.Fatal(err)
		}
		if got := whyNotExecutable(path, test.errno); got != test.want {
			t.Errorf("whyNotExecutable(%q, %v) = %q, want %q", test.content, test.errno, got, test.want)
		}
	}
}

// A script with Windows' line ends names "/bin/sh\r". To say that /bin/sh does
// not exist would send its author the wrong way.
func TestWhyNotExecutableCarriageReturn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "command")
	if err := os.WriteFile(path, []byte("#!/bin/sh\r\necho\r\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if got := whyNotExecutable(path, unix.ENOENT); strings.Contains(got, "/bin/sh does not exist") {
		t.Errorf("whyNotExecutable() = %q, which is not true", got)
	}
}
