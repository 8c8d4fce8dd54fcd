package rootfs

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/wire"
)

// find finds mounts and fails where that does.
func find(t *testing.T, mounts ...spec.Mount) []Mount {
	t.Helper()
	found, _, err := FindMounts(mounts, false)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// volume is a bind mount of a directory or file of the test's.
func volume(t *testing.T, target string, change ...func(*spec.Mount)) spec.Mount {
	t.Helper()
	m := spec.Mount{Type: spec.MountBind, Source: t.TempDir(), Target: target}
	for _, c := range change {
		c(&m)
	}
	return m
}

// What is in a mount comes behind it, and what has nothing to do with it stays.
func TestFindMountsSorts(t *testing.T) {
	found := find(t, volume(t, "/c/d"), volume(t, "/b"), spec.Mount{Type: spec.MountTmpfs, Target: "/c/d/e"}, volume(t, "/c"), volume(t, "/a"))
	var targets []string
	for _, m := range found {
		targets = append(targets, m.Target)
	}
	if got := strings.Join(targets, " "); got != "/b /c /a /c/d /c/d/e" {
		t.Error(got)
	}
}

// A source is what it leads to on the host, and has to be there, or is to be made
// below what is.
func TestFindMountsSource(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		os.Mkdir(dir+"/real", 0o755), os.Symlink("real", dir+"/link"), os.Symlink("nothing", dir+"/dangling"),
		os.WriteFile(dir+"/file", nil, 0o644), os.Symlink("loop", dir+"/loop"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		source, resolved, failure string
		create, directory         bool
	}{
		{"/real", "/real", "", false, true},
		{"/link", "/real", "", false, true},
		{"/link/../file", "/file", "", false, false},
		{"/none", "", "no such file or directory (--volume makes a directory there", false, false},
		{"/none", "/none", "", true, true},
		{"/link/a/b", "/real/a/b", "", true, true},
		{"/dangling", "", "it is a link to what is not there", true, false},
		{"/dangling/x", "", "", true, true},
		{"/file/x", "", "not a directory", true, false},
		{"/loop", "", "too many levels of symbolic links", true, false},
	} {
		m := spec.Mount{Given: "-v", Type: spec.MountBind, Source: dir + test.source, Target: "/v", CreateSource: test.create}
		found, _, err := FindMounts([]spec.Mount{m}, false)
		switch {
		case test.failure != "":
			if err == nil || !strings.Contains(err.Error(), test.failure) || !strings.HasPrefix(err.Error(), "-v: ") {
				t.Errorf("%s: %v, want %q", test.source, err, test.failure)
			}
		case err != nil:
			t.Errorf("%s: %v", test.source, err)
		case test.resolved != "" && found[0].Resolved() != dir+test.resolved, found[0].directory != test.directory:
			t.Errorf("%s: %+v", test.source, found[0])
		}
	}
}

// MakeSource makes what is missing, and says which of it was not there before.
func TestMakeSource(t *testing.T) {
	dir := t.TempDir()
	found := find(t, spec.Mount{Type: spec.MountBind, Source: dir + "/a/b/c", Target: "/v", CreateSource: true})
	made, err := found[0].MakeSource()
	if info, statErr := os.Stat(dir + "/a/b/c"); err != nil || statErr != nil || !info.IsDir() || made != dir+"/a" {
		t.Errorf("made %q: %v, %v", made, err, statErr)
	}
	found = find(t, spec.Mount{Type: spec.MountBind, Source: dir + "/a/b", Target: "/v", CreateSource: true})
	if made, err := found[0].MakeSource(); err != nil || made != "" {
		t.Errorf("made %q, which was there: %v", made, err)
	}
}

func TestFindMountsProc(t *testing.T) {
	for target, allowed := range map[string]bool{
		"/proc": false, "/proc/1": false, "/proc/sys": false, "/proc/net/dev": true, "/proc/net": false, "/proc/cpuinfo": true,
		"/proc/uptime/x": false, "/procs": true, "/a/proc": true,
	} {
		_, _, err := FindMounts([]spec.Mount{{Given: "--tmpfs x", Type: spec.MountTmpfs, Target: target}}, false)
		if allowed && err != nil || !allowed && (err == nil || !strings.HasPrefix(err.Error(), "--tmpfs x: the container's /proc stays its own")) {
			t.Errorf("%s: %v", target, err)
		}
	}
}

// What each option becomes for init.
func TestMountOperations(t *testing.T) {
	const all = wire.FlagVolume | wire.FlagMake
	for _, test := range []struct {
		mount             spec.Mount
		flags, mountFlags uint64
	}{
		{volume(t, "/v"), all | wire.FlagRecursive, 0},
		{volume(t, "/v", func(m *spec.Mount) { m.ReadOnly = true }), all | wire.FlagRecursive | wire.FlagReadOnlyBelow, unix.MS_RDONLY},
		{volume(t, "/v", func(m *spec.Mount) { m.ReadOnly, m.OnlyTop = true, true }), all | wire.FlagRecursive, unix.MS_RDONLY},
		{volume(t, "/v", func(m *spec.Mount) { m.ReadOnly, m.NonRecursive = true, true }), all, unix.MS_RDONLY},
		{volume(t, "/v", func(m *spec.Mount) { m.NoExec, m.NoSuid, m.NoDev = true, true, true }), all | wire.FlagRecursive, unix.MS_NOEXEC | unix.MS_NOSUID | unix.MS_NODEV},
		{volume(t, "/v", func(m *spec.Mount) { m.Propagation = "rprivate" }), all | wire.FlagRecursive, 0},
		{volume(t, "/v", func(m *spec.Mount) { m.Source = "/" }), all | wire.FlagRecursive | wire.FlagEarly, 0},
		{volume(t, "/v", func(m *spec.Mount) { m.Source = "/proc/sys" }), all | wire.FlagRecursive | wire.FlagEarly, 0},
		{volume(t, "/proc/stat"), all | wire.FlagRecursive | wire.FlagNoLinks, 0},
		{spec.Mount{Type: spec.MountTmpfs, Target: "/v"}, all | wire.FlagKeepMode, 0},
		{spec.Mount{Type: spec.MountTmpfs, Target: "/v", Data: "size=1m,mode=700", NoDev: true, ReadOnly: true}, all, unix.MS_NODEV | unix.MS_RDONLY},
	} {
		m := Mount{Mount: &test.mount, source: test.mount.Source}
		if o := m.operation(true); o.Flags != test.flags || o.Mount != test.mountFlags || o.Path != test.mount.Target || o.Data != test.mount.Data {
			t.Errorf("%+v: %+v, want flags %#x and %#x", test.mount, o, test.flags, test.mountFlags)
		}
	}
	slave := Mount{Mount: &spec.Mount{Type: spec.MountBind, Propagation: "slave"}, source: "/a"}
	if o := slave.operation(false); o.Mount != unix.MS_SLAVE|unix.MS_REC || o.Flags != wire.FlagVolume|wire.FlagRecursive|wire.FlagEarly {
		t.Errorf("%+v", o)
	}
	old := Mount{Mount: &spec.Mount{Type: spec.MountBind, ReadOnly: true}, source: "/a", lacksBelow: true}
	if o := old.operation(false); o.Mount != unix.MS_RDONLY || o.Flags&wire.FlagReadOnlyBelow != 0 {
		t.Errorf("%+v", o)
	}
}

// A mount of the user's takes the place of one by default, and comes before the masks.
func TestPlanMounts(t *testing.T) {
	plan := func(mounts ...spec.Mount) []string {
		return kinds(planOf(t, func(_ *spec.Spec, host *Host) { host.Mounts = find(t, mounts...) }))
	}
	count := func(all []string, operation string) (n int) {
		for _, o := range all {
			if o == operation {
				n++
			}
		}
		return n
	}
	hosts := spec.Mount{Type: spec.MountBind, Source: "/etc/passwd", Target: "/etc/hosts"}
	sys := spec.Mount{Type: spec.MountBind, Source: "/sys", Target: "/sys"}
	all := plan(hosts, spec.Mount{Type: spec.MountTmpfs, Target: "/dev/shm"}, sys, volume(t, "/v"))
	for operation, want := range map[string]int{"bind /etc/hosts": 1, "file /hosts": 0, "mount /dev/shm": 1, "bind /sys": 1, "mount /sys": 0, "bind /etc/hostname": 1, "bind /v": 1} {
		if n := count(all, operation); n != want {
			t.Errorf("%s: %d times, want %d", operation, n, want)
		}
	}
	if slices.Index(all, "bind /sys") > slices.Index(all, "mask /sys/firmware") {
		t.Error("what is mounted on /sys covers the masks")
	}
	if all := plan(volume(t, "/sys")); count(all, "mask /sys/firmware") != 0 {
		t.Error("what is no sysfs is masked")
	}
	all = plan(volume(t, "/dev"))
	if count(all, "bind /dev") != 1 || count(all, "mount /dev/pts") != 0 || count(all, "mount /dev/shm") != 0 {
		t.Errorf("with a /dev of the user's: %q", all)
	}
	all = kinds(planOf(t, func(_ *spec.Spec, host *Host) { host.Terminal, host.Mounts = true, find(t, volume(t, "/dev")) }))
	if slices.Index(all, "console /dev/console") < slices.Index(all, "mount /dev/pts") || count(all, "bind /dev") != 2 {
		t.Errorf("with a /dev of the user's and a terminal: %q", all)
	}
}

// Nothing is made in a root of the host that is read-only, but in what is mounted there,
// and no file in an /etc of the user's.
func TestPlanMakesTargets(t *testing.T) {
	made := func(change func(*spec.Spec, *Host)) (list []string) {
		for _, o := range planOf(t, change) {
			if o.Flags&wire.FlagMake != 0 && (o.Flags&wire.FlagVolume != 0 || strings.HasPrefix(o.Path, "/etc")) {
				list = append(list, o.Path)
			}
		}
		return list
	}
	for _, test := range []struct {
		root   spec.Root
		mounts string
		want   string
	}{
		{spec.Root{Dir: "/usr"}, "/a /b/c", "/a /b/c /etc/hostname /etc/hosts /etc/resolv.conf"},
		{spec.Root{Dir: "/usr"}, "/etc", "/etc"},
		{spec.Root{Dir: "/usr", ReadOnly: true}, "/a /a/b /dev/c /ab", "/a/b /dev/c /etc/hostname /etc/hosts /etc/resolv.conf"},
		{spec.Root{Dir: "/usr", ReadOnly: true, Overlay: true}, "/a", "/a /etc/hostname /etc/hosts /etc/resolv.conf"},
	} {
		got := made(func(s *spec.Spec, host *Host) {
			s.Root = test.root
			for _, target := range strings.Fields(test.mounts) {
				host.Mounts = append(host.Mounts, find(t, volume(t, target))...)
			}
		})
		if strings.Join(got, " ") != test.want {
			t.Errorf("%+v, %s: %q, want %q", test.root, test.mounts, got, test.want)
		}
	}
}

func TestPlanEarlyMounts(t *testing.T) {
	var many []Mount
	for range wire.MaxEarly + 1 {
		many = append(many, Mount{Mount: &spec.Mount{Type: spec.MountBind, Target: "/v"}, source: "/"})
	}
	s := &spec.Spec{Root: spec.Root{Dir: t.TempDir()}}
	if _, err := Plan(s, &Host{Mounts: many[1:]}); err != nil {
		t.Error(err)
	}
	if _, err := Plan(s, &Host{Mounts: many}); err == nil {
		t.Error("init would run out of room")
	}
}

// The mount that a path is on is the nearest above it, and the last at its place.
func TestHostMounts(t *testing.T) {
	if err := new(hostMounts).read(); err != nil {
		t.Fatal(err)
	}
	h := &hostMounts{}
	for _, line := range []string{
		"1 0 8:1 / / rw shared:1 - ext4 /dev/sda rw", "2 1 8:2 / /a rw - ext4 /dev/sdb rw", "3 2 8:3 / /a/b rw shared:2 - ext4 /dev/sdc rw",
		"4 1 8:4 / /a rw master:3 - ext4 /dev/sdd rw", "5 1 8:5 / /ab rw - ext4 /dev/sde rw",
	} {
		h.list = append(h.list, parse(t, line))
	}
	for path, want := range map[string]string{"/": "shared:1", "/x/y": "shared:1", "/a": "master:3", "/a/x": "master:3", "/a/b/c": "shared:2", "/abc": "shared:1"} {
		if on, err := h.holding(path); err != nil || len(on.Propagation) != 1 || on.Propagation[0] != want {
			t.Errorf("%s is on %+v, %v", path, on, err)
		}
	}
	for path, want := range map[string]int{"/": 4, "/a": 1, "/a/b": 0, "/x": 0} {
		if below, err := h.below(path); err != nil || len(below) != want {
			t.Errorf("below %s: %+v, %v", path, below, err)
		}
	}
}

func TestCheckPropagation(t *testing.T) {
	host := func() *hostMounts {
		h := &hostMounts{}
		h.list = append(h.list, parse(t, "1 0 8:1 / / rw - ext4 /dev/sda rw"), parse(t, "2 1 8:2 / /shared rw shared:1 - ext4 /dev/sdb rw"), parse(t, "3 1 8:3 / /slave rw master:1 - ext4 /dev/sdc rw"))
		return h
	}
	for _, test := range []struct {
		source, propagation string
		userNamespace       bool
		failure             string
	}{
		{"/x", "", false, ""},
		{"/x", "private", false, ""},
		{"/shared/x", "rshared", false, ""},
		{"/shared/x", "slave", false, ""},
		{"/slave", "rslave", false, ""},
		{"/slave", "shared", false, "/slave is on /slave, which is not a shared mount (mount --make-shared /slave)"},
		{"/x", "rslave", false, "/x is on /, which is neither a shared nor a slave mount"},
		{"/shared", "shared", true, "no mount leaves a user namespace"},
		{"/shared", "slave", true, ""},
	} {
		m := Mount{Mount: &spec.Mount{Propagation: test.propagation}, source: test.source}
		err := m.checkPropagation(host(), test.userNamespace)
		if test.failure == "" && err != nil || test.failure != "" && (err == nil || !strings.Contains(err.Error(), test.failure)) {
			t.Errorf("%+v: %v", test, err)
		}
	}
}
