package utils

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func fileWith(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWriteFile(t *testing.T) {
	path := fileWith(t, "")
	if err := WriteFile(path, "67108864"); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadFile(path); err != nil || got != "67108864" {
		t.Errorf("ReadFile() = %q, %v", got, err)
	}
}

// A limit written to an ordinary file limits nothing: where the kernel's file
// is missing, none may appear.
func TestWriteFileNeverCreates(t *testing.T) {
	path := filepath.Join(t.TempDir(), "memory.max")
	err := WriteFile(path, "12")
	if !errors.Is(err, fs.ErrNotExist) || !errors.Is(err, unix.ENOENT) {
		t.Errorf("WriteFile() = %v, want ENOENT", err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("WriteFile() created %s", path)
	}
}

func TestWriteFileNeverTruncates(t *testing.T) {
	path := fileWith(t, "abcdef")
	if err := WriteFile(path, "XY"); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadFile(path); err != nil || got != "XYcdef" {
		t.Errorf("content %q, %v; want it overwritten in place", got, err)
	}
}

func TestWriteErrorText(t *testing.T) {
	directory := t.TempDir()
	tests := []struct {
		path, value string
		errno       unix.Errno
		want        string
	}{
		{"/no/such/file", "12", unix.ENOENT, `write /no/such/file = "12": no such file or directory`},
		{"/dev/full", "1\n2", unix.ENOSPC, `write /dev/full = "1\n2": no space left on device`},
		{directory, "", unix.EISDIR, `write ` + directory + ` = "": is a directory`},
	}
	for _, test := range tests {
		err := WriteFile(test.path, test.value)
		if err == nil || err.Error() != test.want || !errors.Is(err, test.errno) {
			t.Errorf("WriteFile(%q, %q) = %v, want %s", test.path, test.value, err, test.want)
		}
		var refused *WriteError
		if !errors.As(err, &refused) || refused.Path != test.path || refused.Value != test.value {
			t.Errorf("WriteFile(%q, %q) = %#v, want a *WriteError with both", test.path, test.value, err)
		}
	}
}

func TestReadFile(t *testing.T) {
	tests := []struct{ content, want string }{
		{"", ""},
		{"\n", ""},
		{"0-3\n", "0-3"},
		{"0-3", "0-3"},
		{"a\nb\n", "a\nb"},
		{"two\n\n", "two\n"},
		{" spaced \n", " spaced "},
		{strings.Repeat("x", 1024), strings.Repeat("x", 1024)},
		{strings.Repeat("x", maxKernelFile-1), strings.Repeat("x", maxKernelFile-1)},
	}
	for _, test := range tests {
		got, err := ReadFile(fileWith(t, test.content))
		if err != nil || got != test.want {
			t.Errorf("ReadFile of %.20q (%d bytes) = %.20q (%d bytes), %v", test.content, len(test.content), got, len(got), err)
		}
	}
}

func TestReadFileErrors(t *testing.T) {
	large := fileWith(t, strings.Repeat("x", maxKernelFile+1))
	directory := t.TempDir()
	tests := []struct{ path, want string }{
		{"/no/such/file", "open /no/such/file: no such file or directory"},
		{directory, "read " + directory + ": is a directory"},
		{large, fmt.Sprintf("read %s: more than %d bytes", large, maxKernelFile)},
	}
	for _, test := range tests {
		if _, err := ReadFile(test.path); err == nil || err.Error() != test.want {
			t.Errorf("ReadFile(%q) = %v, want %s", test.path, err, test.want)
		}
	}
	if _, err := ReadFile("/no/such/file"); !errors.Is(err, unix.ENOENT) {
		t.Errorf("ReadFile() = %v, want an error that unwraps to ENOENT", err)
	}
}

func TestReader(t *testing.T) {
	want := strings.Repeat("0123456789", 1000)
	fd, err := Open(fileWith(t, want), unix.O_RDONLY)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(Reader(fd))
	if err != nil || string(got) != want {
		t.Errorf("read %d bytes, %v; want %d", len(got), err, len(want))
	}
	if n, err := Reader(fd).Read(nil); n != 0 || err != nil {
		t.Errorf("Read(nil) = %d, %v; want no end of file", n, err)
	}
	if err := unix.Close(fd); err != nil {
		t.Fatal(err)
	}
	if _, err := Reader(-1).Read(make([]byte, 1)); err != unix.EBADF {
		t.Errorf("Read of no descriptor: %v, want EBADF", err)
	}
}

func TestOpenIsCloseOnExec(t *testing.T) {
	fd, err := Open("/dev/null", unix.O_RDONLY)
	if err != nil {
		t.Fatal(err)
	}
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	if err != nil || flags&unix.FD_CLOEXEC == 0 {
		t.Errorf("descriptor flags %#x, %v; want FD_CLOEXEC", flags, err)
	}
	if err := unix.Close(fd); err != nil {
		t.Error(err)
	}
	if _, err := Open("/no/such/file", unix.O_RDONLY); err != unix.ENOENT {
		t.Errorf("Open() = %v, want the bare ENOENT", err)
	}
}

func TestRetry(t *testing.T) {
	calls := 0
	n, err := Retry(func() (int, error) {
		if calls++; calls < 3 {
			return 0, unix.EINTR
		}
		return 7, unix.EAGAIN
	})
	if n != 7 || err != unix.EAGAIN || calls != 3 {
		t.Errorf("Retry() = %d, %v after %d calls; want 7, EAGAIN after 3", n, err, calls)
	}
}

func TestGone(t *testing.T) {
	gone := []error{
		unix.ENOENT, unix.ENODEV, unix.ESRCH,
		&os.PathError{Op: "open", Path: "p", Err: unix.ENODEV}, &WriteError{"p", "v", unix.ENOENT}, fmt.Errorf("read p: %w", unix.ESRCH),
	}
	for _, err := range gone {
		if !Gone(err) {
			t.Errorf("Gone(%v) = false", err)
		}
	}
	for _, err := range []error{nil, unix.EACCES, unix.ENOTDIR, unix.ENOTEMPTY, errors.New("gone")} {
		if Gone(err) {
			t.Errorf("Gone(%v) = true", err)
		}
	}
}
