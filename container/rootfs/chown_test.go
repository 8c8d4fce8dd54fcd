package rootfs

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/utils"
)

func parse(t *testing.T, line string) utils.Mount {
	t.Helper()
	m, ok := utils.ParseMount(line)
	if !ok {
		t.Fatal(line)
	}
	return m
}

// U gives away what is in the volume, links themselves and not what they lead to, and
// nothing that is mounted in it.
func TestGive(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: to give files away")
	}
	dir, outside := t.TempDir(), t.TempDir()
	for _, err := range []error{
		os.MkdirAll(dir+"/a/b", 0o755), os.WriteFile(dir+"/a/b/file", nil, 0o600), os.WriteFile(outside+"/file", nil, 0o600),
		os.Symlink(outside, dir+"/a/dir-link"), os.Symlink(outside+"/file", dir+"/a/link"), os.Mkdir(dir+"/mount", 0o755),
		unix.Mkfifo(dir+"/a/fifo", 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Mount(outside, dir+"/mount", "", unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	m := find(t, spec.Mount{Type: spec.MountBind, Source: dir, Target: "/v"})[0]
	err := m.Give(1234, 4321)
	if err := unix.Unmount(dir+"/mount", unix.MNT_DETACH); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]uint32{
		dir: 1234, dir + "/a": 1234, dir + "/a/b": 1234, dir + "/a/b/file": 1234, dir + "/a/dir-link": 1234, dir + "/a/link": 1234, dir + "/a/fifo": 1234,
		dir + "/mount": 0, outside: 0, outside + "/file": 0,
	} {
		info, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		status, ok := info.Sys().(*syscall.Stat_t)
		if !ok || status.Uid != want || want != 0 && status.Gid != 4321 {
			t.Errorf("%s is %+v's, want %d", path, status, want)
		}
	}
}

// Nobody gives the system away.
func TestGiveRefuses(t *testing.T) {
	for _, dir := range []string{"/", "/etc", "/usr/lib", "/home", "/var"} {
		m := Mount{Mount: &spec.Mount{Given: "-v"}, source: dir}
		if err := m.Give(0, 0); err == nil || !strings.Contains(err.Error(), "-v: U gives all files of "+dir) {
			t.Errorf("%s: %v", dir, err)
		}
	}
}
