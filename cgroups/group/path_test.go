package group

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups"
	"github.com/mydocker/mydocker/cgroups/subsystems"
)

func hierarchy(version subsystems.Version, mountpoint string, controllers ...string) *cgroups.Mounted {
	return &cgroups.Mounted{Hierarchy: subsystems.Hierarchy{Version: version, Mountpoint: mountpoint, Root: "/", Controllers: controllers}}
}

func TestPath(t *testing.T) {
	mounted := []*cgroups.Mounted{
		hierarchy(subsystems.V1, "/c/cpu,cpuacct", "cpu", "cpuacct"), hierarchy(subsystems.V1, "/c/systemd", "name=systemd"), hierarchy(subsystems.V2, "/c/unified"),
	}
	for _, test := range []struct{ path, want string }{
		{"/a/b", "/a/b"}, {"//a/./b/", "/a/b"}, {"a", "/a"}, {"", "/id"}, {"a/b", "/a/b"}, {"/a:b c", "/a:b c"}, {"/...", "/..."},
	} {
		g, err := at(test.path, "id", mounted)
		if err != nil {
			t.Errorf("%q: %v", test.path, err)
			continue
		}
		want := map[string]string{"cpu": "/c/cpu,cpuacct" + test.want, "cpuacct": "/c/cpu,cpuacct" + test.want, "name=systemd": "/c/systemd" + test.want, "": "/c/unified" + test.want}
		for name, dir := range want {
			if g.Dirs[name] != dir || len(g.Dirs) != len(want) {
				t.Errorf("%q: %v", test.path, g.Dirs)
			}
		}
		if all := g.all(); !slices.Equal(all, []string{want["cpu"], want["name=systemd"], want[""]}) {
			t.Errorf("%q: %q", test.path, all)
		}
	}
}

// A path cannot lead out of where it counts from (CVE-2022-0492, CVE-2023-25809), nor be the hierarchy's root.
func TestPathRefused(t *testing.T) {
	mounted := []*cgroups.Mounted{hierarchy(subsystems.V1, "/c/memory", "memory")}
	for path, want := range map[string]string{
		"/../x": `a part ".."`, "..": `a part ".."`, "a/../b": `a part ".."`, "/a/..": `a part ".."`, "/": "names no cgroup below another", ".": "names no cgroup below another",
		"//": "names no cgroup below another", "/./": "names no cgroup below another", "/a\x00b": "NUL byte", "a\nb": "newline",
	} {
		if g, err := at(path, "id", mounted); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v", path, g, err)
		}
	}
	if g, err := at("", "../id", mounted); err == nil {
		t.Error(g)
	}
	if _, err := at("/a", "id", nil); err == nil || !strings.Contains(err.Error(), "no cgroup hierarchy is mounted") {
		t.Error(err)
	}
	if g, err := at("", "id", nil); err != nil || len(g.Dirs) != 0 {
		t.Error(g, err)
	}
}

func FuzzPath(f *testing.F) {
	f.Add("/a/b", "id")
	f.Add("a/../b", "..")
	mounted := []*cgroups.Mounted{hierarchy(subsystems.V1, "/c/memory", "memory")}
	f.Fuzz(func(t *testing.T, path, id string) {
		g, err := at(path, id, mounted)
		if err != nil {
			return
		}
		dir := g.Dirs["memory"]
		if !strings.HasPrefix(dir, "/c/memory/") || dir != filepath.Clean(dir) || strings.ContainsAny(dir, "\x00\n") {
			t.Errorf("%q, %q: %q", path, id, dir)
		}
	})
}

// An unusual name is one cgroup, and the kernel's word for it is understood.
func TestOddPath(t *testing.T) {
	parent := newGroup(t)
	dir := parent.all()[0]
	name := dir[strings.Index(dir, "/mydocker-test-"):] + "/a:b, c\\d"
	g, err := New(name, "id")
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Create(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "a:b, c\\d")); err != nil {
		t.Error(err)
	}
	if err := g.Set(nil); err != nil {
		t.Error(err)
	}
	if err := g.Destroy(); err != nil {
		t.Error(err)
	}
}

func TestRelativePath(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("it needs root")
	}
	mounted, err := cgroups.FindMounted()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"", "x/y"} {
		g, err := New(path, "id")
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range mounted {
			below := filepath.Join(m.Nearest(), path)
			if path == "" {
				below = filepath.Join(m.Nearest(), "id")
			}
			if got := g.dirIn(m); got != m.Dir(below) {
				t.Errorf("%q: %v, want %q", path, got, m.Dir(below))
			}
			if m.Version == subsystems.V1 && unix.Access(m.Dir(m.Own())+"/cgroup.procs", unix.F_OK) != nil {
				t.Errorf("the test's own cgroup %s of %v is not there", m.Own(), m.Controllers)
			}
		}
	}
}
