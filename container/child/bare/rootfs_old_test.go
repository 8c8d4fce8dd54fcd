package bare

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// By hand it is the same file, or the same error, as openat2 finds.
func TestOpenByHand(t *testing.T) {
	root := t.TempDir()
	for _, dir := range []string{"etc", "run/deep/er", "usr/lib", strings.Repeat("d/", 70)} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "etc/passwd"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{
		"var": "/run", "lib": "usr/lib", "up": "../../..", "loop": "loop", "abs": "/etc/passwd", "none": "/no/such",
		"etc/back": "../var/deep/../../etc/passwd", "slash": "/", "long": strings.Repeat("./", 2000) + "etc", "proc": "/proc/self/root",
	} {
		if err := os.Symlink(to, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	base, err := unix.Open(root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	r := rootFS{text: new([maxWalk]byte)}
	for _, path := range []string{
		"/", "/.", "/..", "/etc", "/etc/passwd", "//etc//./passwd", "/var", "/var/deep", "/lib", "/up", "/up/up/etc/passwd", "/loop",
		"/abs", "/abs/x", "/none", "/none/x", "/etc/back", "/slash/etc", "/long/passwd", "/long/../long/passwd", "/etc/passwd/..", "/proc", "/run/deep/er/../../../../..",
		"/run/deep/", "/missing/..", "/etc/missing",
	} {
		for _, noLinks := range []bool{false, true} {
			resolve := uint64(unix.RESOLVE_IN_ROOT)
			if noLinks {
				resolve |= unix.RESOLVE_NO_SYMLINKS
			}
			want, wantErrno := 0, unix.EAGAIN
			for wantErrno == unix.EAGAIN { // somebody has renamed or mounted something, anywhere
				want, wantErrno = openat2(base, terminated(path), unix.O_PATH, resolve)
			}
			got, gotErrno := r.openByHand(base, terminated(path), noLinks)
			if gotErrno != wantErrno || gotErrno == 0 && inode(t, got) != inode(t, want) {
				t.Errorf("%q, no links %v: %v, want %v", path, noLinks, gotErrno, wantErrno)
			}
			for fd, errno := range map[int]syscall.Errno{got: gotErrno, want: wantErrno} {
				if errno == 0 && closeFD(fd) != 0 {
					t.Error("it was closed")
				}
			}
		}
	}
	if _, errno := r.openByHand(base, terminated("/"+strings.Repeat("d/", 70)), false); errno != unix.ELOOP {
		t.Errorf("too deep: %v", errno)
	}
	if inode(t, base) == 0 {
		t.Error("the root was closed")
	}
}

// terminated is a path with a NUL byte behind it.
func terminated(path string) string { return (path + "\x00")[:len(path)] }

func inode(t *testing.T, fd int) uint64 {
	t.Helper()
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		t.Fatal(err)
	}
	return stat.Ino
}
