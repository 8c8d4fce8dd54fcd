package utils

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// makeTree makes files with their path below dir as content, and links.
func makeTree(t *testing.T, dir string, files []string, links map[string]string) {
	t.Helper()
	for _, file := range files {
		path := filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, text := range links {
		if err := os.Symlink(text, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
}

// Links inside work, absolute ones too, and none leads out.
func TestOpenInRoot(t *testing.T) {
	outside := t.TempDir()
	root := filepath.Join(outside, "root")
	makeTree(t, outside, []string{"secret", "root/etc/passwd", "root/usr/etc/file", "root/secret"}, map[string]string{
		"root/lib": "/usr/etc", "root/up": "../../../../..", "root/etc/up": "../../../secret",
		"root/loop": "loop", "root/abs": filepath.Join(outside, "secret"), "root/magic": "/proc/self/root",
	})
	for path, want := range map[string]string{
		"/etc/passwd": "root/etc/passwd", "etc//./passwd": "root/etc/passwd", "/lib/file": "root/usr/etc/file",
		"/lib/../../etc/passwd": "root/etc/passwd", "/../../secret": "root/secret", "/up/secret": "root/secret",
		"/etc/up": "root/secret", "/up/up/lib/../../secret": "root/secret",
	} {
		fd, err := OpenInRoot(root, path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		content, err := ReadRegular(fd, 100)
		if string(content) != want || err != nil {
			t.Errorf("%s: %q, %v; want %q", path, content, err, want)
		}
		if err := unix.Close(fd); err != nil {
			t.Error(err)
		}
	}
	for path, want := range map[string]error{
		"/none": unix.ENOENT, "/loop": unix.ELOOP, "/abs": unix.ENOENT, "/magic/etc/passwd": unix.ENOENT, "/etc/passwd/x": unix.ENOTDIR,
	} {
		if _, err := OpenInRoot(root, path); err == nil || !strings.Contains(err.Error(), want.Error()) {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
	}
}

// What is not there yet is where a link says.
func TestTargetInRoot(t *testing.T) {
	root := t.TempDir()
	makeTree(t, root, []string{"etc/hosts", "usr/file"}, map[string]string{
		"etc/resolv.conf": "../run/systemd/resolve/stub-resolv.conf", "etc/mtab": "/proc/../../mounts", "lib": "/usr", "loop": "loop",
	})
	for path, want := range map[string]string{
		"/etc/hosts": "/etc/hosts", "/etc/resolv.conf": "/run/systemd/resolve/stub-resolv.conf", "/etc/mtab": "/mounts",
		"/lib/new/../x": "/usr/x", "/lib/file/x": "/lib/file/x", "/loop": "/loop", "/a/b": "/a/b", "/lib/../..": "/", "/": "/",
	} {
		if got := TargetInRoot(root, path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// What is no regular file is not opened, and a long one not read.
func TestReadRegular(t *testing.T) {
	root := t.TempDir()
	makeTree(t, root, []string{"file"}, nil)
	if err := unix.Mkfifo(filepath.Join(root, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(root, "file"), 11); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"/fifo": "not a regular file", "/": "not a regular file", "/file": "longer than 10 bytes"} {
		fd, err := OpenInRoot(root, path)
		if err != nil {
			t.Fatal(err)
		}
		if content, err := ReadRegular(fd, 10); err == nil || err.Error() != want {
			t.Errorf("%s: %q, %v; want %q", path, content, err, want)
		}
		if err := unix.Close(fd); err != nil {
			t.Error(err)
		}
	}
}
