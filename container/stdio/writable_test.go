package stdio

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestCheckWritable(t *testing.T) {
	regular := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(regular, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		path  string
		flags int
		errno error
		text  string
	}{
		{"/dev/null", os.O_WRONLY, nil, ""},
		{"/dev/zero", os.O_RDWR, nil, ""},
		{regular, os.O_WRONLY, nil, ""},
		{regular, os.O_WRONLY | os.O_APPEND, nil, ""},
		{"/dev/full", os.O_WRONLY, unix.ENOSPC, "write to /dev/full: no space left on device"},
		{"/dev/null", os.O_RDONLY, unix.EBADF, "write to /dev/null: bad file descriptor"},
		{regular, os.O_RDONLY, unix.EBADF, "write to " + regular + ": bad file descriptor"},
	}
	for _, test := range tests {
		file, err := os.OpenFile(test.path, test.flags, 0)
		if err != nil {
			t.Fatal(err)
		}
		err = CheckWritable(os.Stderr, file)
		if !errors.Is(err, test.errno) || err != nil && err.Error() != test.text {
			t.Errorf("CheckWritable(%s, flags %#x) = %v, want %q", test.path, test.flags, err, test.text)
		}
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	}
	if content, err := os.ReadFile(regular); err != nil || string(content) != "kept" {
		t.Errorf("the check left %q, %v", content, err)
	}
}

func TestCheckWritableClosed(t *testing.T) {
	file := os.NewFile(1<<20, "stdout")
	want := "stdout: bad file descriptor (is it closed?)"
	if err := CheckWritable(file); err == nil || err.Error() != want {
		t.Errorf("CheckWritable() = %v, want %q", err, want)
	}
}

// A pipe is not asked: an empty write is a message to some sockets, and a full
// pipe must not block the start.
func TestCheckWritablePipe(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := CheckWritable(writer); err != nil {
		t.Errorf("CheckWritable() of a pipe = %v", err)
	}
	if err := errors.Join(reader.Close(), writer.Close()); err != nil {
		t.Error(err)
	}
}

func TestCheckNoDirectory(t *testing.T) {
	dir, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	if err := CheckNoDirectory(os.Stdin, os.Stdout, os.Stderr); err != nil {
		t.Error(err)
	}
	if err := CheckNoDirectory(os.Stdout, dir); err == nil {
		t.Error("a directory passed")
	}
}
