package utils

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// What a symbolic link leads to is never written to, nor is what has a second name.
func TestOutputLeavesOthersAlone(t *testing.T) {
	dir := t.TempDir()
	target, link, second := filepath.Join(dir, "target"), filepath.Join(dir, "link"), filepath.Join(dir, "second")
	if err := os.WriteFile(target, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, leadsTo := range map[string]string{link: target, dir + "/dangling": dir + "/nowhere", dir + "/device": os.DevNull, dir + "/to-a-link": "/dev/stdout"} {
		if err := os.Symlink(leadsTo, name); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenOutput(name); err == nil || !strings.Contains(err.Error(), "is a symbolic link") {
			t.Errorf("OpenOutput(%s) = %v", name, err)
		}
	}
	if err := os.Link(target, second); err != nil {
		t.Fatal(err)
	}
	output, err := OpenOutput(second)
	if err == nil {
		err = output.Mark([]byte("1"))
	}
	if err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{target: "kept", second: "1"} {
		if got, err := os.ReadFile(file); err != nil || string(got) != want {
			t.Errorf("%s holds %q, %v", file, got, err)
		}
	}
	if _, err := os.Lstat(dir + "/nowhere"); err == nil {
		t.Error("a link that leads nowhere was followed")
	}
}

// A link that comes in between has no mode to be taken over, and leads nowhere.
func TestOutputReplacesALink(t *testing.T) {
	defer unix.Umask(unix.Umask(0o022))
	dir := t.TempDir()
	for name, write := range map[string]func(*Output, []byte) error{"write": (*Output).Write, "mark": (*Output).Mark} {
		file, target := filepath.Join(dir, name), filepath.Join(dir, name+"-target")
		output, err := OpenOutput(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(target, []byte("kept"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, file); err != nil {
			t.Fatal(err)
		}
		if err := write(output, []byte("new")); err != nil {
			t.Error(err)
		}
		if stat, err := os.Lstat(file); err != nil || stat.Mode() != 0o644 {
			t.Errorf("%s: mode %v, %v", name, stat.Mode(), err)
		}
		if got, err := os.ReadFile(target); err != nil || string(got) != "kept" {
			t.Errorf("%s: what the link led to holds %q, %v", name, got, err)
		}
	}
}

// A mark is the caller's, and nobody else may write to it.
func TestOutputMarkIsNew(t *testing.T) {
	defer unix.Umask(unix.Umask(0))
	file := filepath.Join(t.TempDir(), "pid")
	if err := os.WriteFile(file, []byte("a long old one"), 0o666); err != nil {
		t.Fatal(err)
	}
	output, err := OpenOutput(file)
	if err == nil {
		err = output.Mark([]byte("1"))
	}
	if err != nil {
		t.Fatal(err)
	}
	if stat, err := os.Stat(file); err != nil || stat.Mode() != fs.FileMode(0o644) || stat.Size() != 1 {
		t.Errorf("%v, %v", stat, err)
	}
}

// Nobody is waited for: not the reader of a pipe that is full.
func TestOutputMarkWaitsForNobody(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenOutput(pipe); err == nil || !strings.Contains(err.Error(), "nobody reads from it") {
		t.Errorf("a pipe without a reader: %v", err)
	}
	reader, err := Open(pipe, unix.O_RDONLY|unix.O_NONBLOCK)
	if err != nil {
		t.Fatal(err)
	}
	output, err := OpenOutput(pipe)
	if err != nil {
		t.Fatal(err)
	}
	for range 100 { // 6.4 MB, and a pipe holds one at most
		if err = output.Mark(make([]byte, 1<<16)); err != nil {
			break
		}
	}
	if err == nil || !strings.Contains(err.Error(), "resource temporarily unavailable") {
		t.Errorf("a full pipe: %v", err)
	}
	if err := unix.Close(reader); err != nil {
		t.Error(err)
	}
	if err := output.Close(); err != nil {
		t.Error(err)
	}
}

// The system's own links to a pipe or a terminal are followed.
func TestOutputToStdout(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := unix.Dup(unix.Stdout)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Dup2(int(writer.Fd()), unix.Stdout); err != nil {
		t.Fatal(err)
	}
	output, openErr := OpenOutput("/dev/stdout")
	if err := unix.Dup2(stdout, unix.Stdout); err != nil {
		t.Fatal(err)
	}
	if openErr != nil {
		t.Fatal(openErr)
	}
	if err := output.Write([]byte("x")); err != nil {
		t.Error(err)
	}
	one := make([]byte, 9)
	if n, err := reader.Read(one); err != nil || string(one[:n]) != "x" {
		t.Errorf("read %q, %v", one[:n], err)
	}
}

func TestOutputReplaces(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "r.json")
	for _, content := range []string{"first\n", "second\n"} {
		output, err := OpenOutput(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := output.Write([]byte(content)); err != nil {
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

// A rename that fails leaves neither the file nor its temporary file.
func TestOutputFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "r.json")
	output, err := OpenOutput(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(path, "full"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := output.Write([]byte("{}")); err == nil {
		t.Error("a directory was replaced")
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}

// A name that fills its directory entry leaves no room for a longer one.
func TestOutputLongName(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, strings.Repeat("n", unix.NAME_MAX))
	output, err := OpenOutput(path)
	if err == nil {
		err = output.Write([]byte("{}"))
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
	if _, err := OpenOutput(path + "n"); !errors.Is(err, unix.ENAMETOOLONG) {
		t.Errorf("a longer one: %v", err)
	}
}

// A new file has the mode of the umask, and one that is replaced keeps its own.
func TestOutputKeepsMode(t *testing.T) {
	defer unix.Umask(unix.Umask(0o027))
	path := filepath.Join(t.TempDir(), "r.json")
	for _, mode := range []fs.FileMode{0o640, 0o600, 0o606, 0o444} {
		if err := os.Chmod(path, mode); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		output, err := OpenOutput(path)
		if err == nil {
			err = output.Write([]byte("{}"))
		}
		if err != nil {
			t.Fatal(err)
		}
		if stat, err := os.Stat(path); err != nil || stat.Mode() != mode {
			t.Errorf("the mode is %v, want %v (%v)", stat.Mode(), mode, err)
		}
	}
}

func TestOutputToDevice(t *testing.T) {
	output, err := OpenOutput("/dev/full")
	if err != nil {
		t.Fatal(err)
	}
	if err := output.Write([]byte("x")); !errors.Is(err, unix.ENOSPC) {
		t.Errorf("write to /dev/full: %v", err)
	}
}
