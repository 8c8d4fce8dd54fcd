package cgroups

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
)

// controllers stands for the cgroup.controllers files of v2 mounts.
type controllers map[string]string

func (c controllers) of(mountpoint string) (string, error) {
	content, found := c[mountpoint]
	if !found {
		return "", unix.ENOENT
	}
	return content, nil
}

// describe writes a layout as text, one line for each controller.
func describe(layout Layout) string {
	var lines []string
	for name, h := range layout {
		lines = append(lines, fmt.Sprintf("%s v%d %s %s %q", name, h.Version, h.Root, h.Mountpoint, h.Controllers))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func TestParseLayout(t *testing.T) {
	const docker = "/docker/4f1c6d0a1b2c3d4e5f60718293a4b5c6d7e8f90123456789abcdef0123456789"
	const all = `["memory" "cpuset" "cpu"]`
	tests := []struct {
		fixture string
		v2      controllers
		want    []string
	}{
		{"v1", nil, []string{
			`cpu v1 / /sys/fs/cgroup/cpu ["cpu"]`,
			`cpuset v1 / /sys/fs/cgroup/cpuset ["cpuset"]`,
			`memory v1 / /sys/fs/cgroup/memory ["memory"]`,
		}},
		{"v1-comounted", nil, []string{
			`cpu v1 / /sys/fs/cgroup/cpu,cpuacct ["cpu"]`,
			`cpuset v1 / /sys/fs/cgroup/cpuset ["cpuset"]`,
			`memory v1 / /sys/fs/cgroup/memory ["memory"]`,
		}},
		{"hybrid", controllers{"/sys/fs/cgroup/unified": ""}, []string{
			`cpu v1 / /sys/fs/cgroup/cpu,cpuacct ["cpu"]`,
			`cpuset v1 / /sys/fs/cgroup/cpuset ["cpuset"]`,
			`memory v1 / /sys/fs/cgroup/memory ["memory"]`,
		}},
		{"mixed", controllers{"/sys/fs/cgroup/unified": "cpu io pids"}, []string{
			`cpu v2 / /sys/fs/cgroup/unified ["cpu"]`,
			`memory v1 / /sys/fs/cgroup/memory ["memory"]`,
		}},
		{"v2", controllers{"/sys/fs/cgroup": "cpuset cpu io memory hugetlb pids rdma misc"}, []string{
			`cpu v2 / /sys/fs/cgroup ` + all,
			`cpuset v2 / /sys/fs/cgroup ` + all,
			`memory v2 / /sys/fs/cgroup ` + all,
		}},
		{"v2", controllers{"/sys/fs/cgroup": "pids memory"}, []string{ // not all are delegated
			`memory v2 / /sys/fs/cgroup ["memory"]`,
		}},
		{"v2", nil, nil}, // mounted over: its files cannot be read
		{"v2-elsewhere", controllers{"/mnt/cgroup2": "cpuset cpu memory"}, []string{
			`cpu v2 / /mnt/cgroup2 ` + all,
			`cpuset v2 / /mnt/cgroup2 ` + all,
			`memory v2 / /mnt/cgroup2 ` + all,
		}},
		{"nested-v1", nil, []string{
			`cpu v1 ` + docker + ` /sys/fs/cgroup/cpu,cpuacct ["cpu"]`,
			`cpuset v1 ` + docker + ` /sys/fs/cgroup/cpuset ["cpuset"]`,
			`memory v1 ` + docker + ` /sys/fs/cgroup/memory ["memory"]`,
		}},
		{"nested-v2", controllers{"/sys/fs/cgroup": "cpuset cpu memory pids"}, []string{
			`cpu v2 / /sys/fs/cgroup ` + all,
			`cpuset v2 / /sys/fs/cgroup ` + all,
			`memory v2 / /sys/fs/cgroup ` + all,
		}},
		{"escaped", nil, []string{
			`cpu v1 / /mnt/back\040slash/cpu ["cpu"]`,
			`cpuset v1 /a\b ` + "/mnt/tab\there\nthere/cpuset" + ` ["cpuset"]`,
			`memory v1 / /mnt/my cgroups/memory ["memory"]`,
		}},
		{"twice", nil, []string{
			`cpu v1 /docker /middle/cpu ["cpu"]`,
			`cpuset v1 / /wide/cpuset ["cpuset"]`,
			`memory v1 / /wide/memory ["memory"]`,
		}},
		{"none", nil, nil},
	}
	for _, test := range tests {
		file, err := os.Open(filepath.Join("testdata", test.fixture+".mountinfo"))
		if err != nil {
			t.Fatal(err)
		}
		layout, err := parseLayout(file, subsystems.Names(noLimits()), test.v2.of)
		if err != nil {
			t.Errorf("%s: %v", test.fixture, err)
		}
		if got, want := describe(layout), strings.Join(test.want, "\n"); got != want {
			t.Errorf("%s with %v:\n%s\nwant:\n%s", test.fixture, test.v2, got, want)
		}
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Controllers of one hierarchy share one value: the manager makes one cgroup
// for them, and not one each.
func TestParseLayoutSharesHierarchies(t *testing.T) {
	const line = "31 22 0:26 / /sys/fs/cgroup rw - cgroup cgroup rw,cpuset,memory,cpu\n"
	layout, err := parseLayout(strings.NewReader(line), subsystems.Names(noLimits()), controllers{}.of)
	if err != nil {
		t.Fatal(err)
	}
	if layout["memory"] == nil || layout["memory"] != layout["cpu"] || layout["memory"] != layout["cpuset"] {
		t.Errorf("layout %s, want one hierarchy", describe(layout))
	}
}

// io is blkio on v1, and what needs no controller is on every v2 mount.
func TestParseLayoutOfRareControllers(t *testing.T) {
	const mounts = "31 22 0:26 / /b rw - cgroup cgroup rw,blkio\n32 22 0:27 / /p rw - cgroup cgroup rw,pids\n33 22 0:28 / /u rw - cgroup2 cgroup2 rw\n"
	layout, err := parseLayout(strings.NewReader(mounts), []string{"pids", "io", "cgroup"}, controllers{"/u": ""}.of)
	want := `cgroup v2 / /u ["cgroup"]` + "\n" + `io v1 / /b ["blkio"]` + "\n" + `pids v1 / /p ["pids"]`
	if got := describe(layout); err != nil || got != want {
		t.Errorf("layout:\n%s\n%v, want:\n%s", got, err, want)
	}
	layout, err = parseLayout(strings.NewReader(mounts[strings.Index(mounts, "33"):]), []string{"io"}, controllers{"/u": "io"}.of)
	if got := describe(layout); err != nil || got != `io v2 / /u ["io"]` {
		t.Errorf("layout:\n%s\n%v", got, err)
	}
}

func TestParseLayoutMountedOnTheRoot(t *testing.T) {
	layout, err := parseLayout(strings.NewReader("1 0 0:26 / / rw - cgroup none rw,cpu"), []string{"cpu"}, controllers{}.of)
	if err != nil || layout["cpu"] == nil || layout["cpu"].Dir("/mydocker") != "/mydocker" {
		t.Errorf("layout %s, %v; want no doubled slash", describe(layout), err)
	}
}

// Only a hierarchy that is not there for us is passed over: what fails for
// another reason may hold a limit.
func TestParseLayoutUnreadable(t *testing.T) {
	const line = "31 22 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
	for failure, want := range map[error]error{unix.ENOENT: nil, unix.EACCES: nil, unix.EMFILE: unix.EMFILE} {
		layout, err := parseLayout(strings.NewReader(line), subsystems.Names(noLimits()), func(string) (string, error) { return "", failure })
		if !errors.Is(err, want) || len(layout) > 0 {
			t.Errorf("%v: layout %s, %v; want %v", failure, describe(layout), err, want)
		}
	}
}

func otherMounts(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d 27 0:%d / /mnt/volume\\040%d rw,relatime shared:%d - tmpfs tmpfs rw,size=4k\n", 1000+i, 100+i, i, i)
	}
	return b.String()
}

func TestParseLayoutAmongManyMounts(t *testing.T) {
	fixture, err := os.ReadFile("testdata/v1.mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	want, err := parseLayout(strings.NewReader(string(fixture)), subsystems.Names(noLimits()), controllers{}.of)
	if err != nil {
		t.Fatal(err)
	}
	many := otherMounts(10000)
	long := "50 27 0:99 / /merged rw - overlay overlay rw,lowerdir=" + strings.Repeat("/layer:", 20000) + "\n"
	got, err := parseLayout(strings.NewReader(many+long+string(fixture)+many), subsystems.Names(noLimits()), controllers{}.of)
	if err != nil || describe(got) != describe(want) {
		t.Errorf("layout:\n%s\n%v, want:\n%s", describe(got), err, describe(want))
	}
}

// failing is a reader whose every read fails.
type failing struct{ error }

func (f failing) Read([]byte) (int, error) { return 0, f.error }

// What follows the last wanted controller is not even read: a host may have
// thousands of mounts, and this is on the way of every start.
func TestParseLayoutStopsEarly(t *testing.T) {
	broken := failing{errors.New("broken")}
	cgroup := "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n" + otherMounts(1)
	names := []string{"cpu"}
	if _, err := parseLayout(io.MultiReader(strings.NewReader(cgroup), broken), names, controllers{}.of); err != nil {
		t.Errorf("read on behind the last controller: %v", err)
	}
	_, err := parseLayout(io.MultiReader(strings.NewReader(otherMounts(1)), broken), names, controllers{}.of)
	if !errors.Is(err, broken.error) || !strings.HasPrefix(err.Error(), "read /proc/self/mountinfo: ") {
		t.Errorf("error %v, want the reader's", err)
	}
	if _, err := parseLayout(strings.NewReader(strings.Repeat("x", 2<<20)), names, controllers{}.of); err == nil {
		t.Error("no error for a line of 2 MiB")
	}
}

// The host that the tests run on has some layout; whatever it is, each
// hierarchy found is a directory that really is a cgroup.
func TestFindLayout(t *testing.T) {
	layout, err := FindLayout(subsystems.Names(noLimits()))
	if err != nil {
		t.Fatal(err)
	}
	for name, h := range layout {
		if _, err := os.Stat(h.Dir("/") + "/cgroup.procs"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// escape is what the kernel does to the paths in mountinfo.
var escape = strings.NewReplacer(" ", `\040`, "\t", `\011`, "\n", `\012`, `\`, `\134`).Replace

func FuzzParseLayout(f *testing.F) {
	fixtures, err := filepath.Glob("testdata/*.mountinfo")
	if err != nil || len(fixtures) == 0 {
		f.Fatal("no fixtures", err)
	}
	for _, fixture := range fixtures {
		content, err := os.ReadFile(fixture)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(content), "cpuset cpu memory", "/mnt/a b")
	}
	f.Add("31 22 0:26 / /x rw - cgroup2 c rw", "", `/\040`)
	f.Fuzz(func(t *testing.T, mountinfo, offered, mountpoint string) {
		of := func(string) (string, error) { return offered, nil }
		layout, err := parseLayout(strings.NewReader(mountinfo), subsystems.Names(noLimits()), of)
		if err != nil {
			return
		}
		for name, h := range layout {
			if !slices.Contains(subsystems.Names(noLimits()), name) || h == nil || !strings.HasPrefix(h.Root, "/") {
				t.Fatalf("%q gives %q in %+v", mountinfo, name, h)
			}
			if h.Mountpoint != "" && !strings.HasPrefix(h.Mountpoint, "/") {
				t.Fatalf("%q gives the mount point %q", mountinfo, h.Mountpoint)
			}
			if !slices.Contains(h.Controllers, name) {
				t.Fatalf("%q: %q is not among the controllers of %+v", mountinfo, name, h)
			}
		}
		// Any path survives the kernel's escapes.
		if !strings.HasPrefix(mountpoint, "/") {
			return
		}
		m, ok := parseMount("1 2 0:3 " + escape(mountpoint) + " " + escape(mountpoint) + " rw - cgroup c rw,cpu")
		if !ok || m.mountpoint != mountpoint || m.root != mountpoint {
			t.Fatalf("%q came back as %+v, %v", mountpoint, m, ok)
		}
	})
}
