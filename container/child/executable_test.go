package child

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

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
