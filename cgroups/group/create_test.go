package group

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups"
	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// nameOf is a group's path.
func nameOf(t *testing.T, g *Group) string {
	t.Helper()
	dir := g.all()[0]
	at := strings.Index(dir, "/mydocker-test-")
	if at < 0 {
		t.Fatal(dir)
	}
	return dir[at:]
}

func again(t *testing.T, g *Group) *Group {
	t.Helper()
	other, err := New(nameOf(t, g), "id")
	if err != nil {
		t.Fatal(err)
	}
	return other
}

// Cgroups that are there and empty are taken; a Create that fails later leaves them, and nothing else.
func TestCreateWhereOneIs(t *testing.T) {
	g := newGroup(t)
	other := again(t, g)
	if err := other.Create(); err != nil {
		t.Fatal(err)
	}
	if err := other.Undo(); err != nil {
		t.Fatal(err)
	}
	for _, dir := range g.all() {
		if _, err := os.Stat(dir); err != nil {
			t.Error(err)
		}
	}
}

func TestCreateWhereProcessesAre(t *testing.T) {
	g := newGroup(t)
	below, err := New(nameOf(t, g)+"/below", "id")
	if err != nil {
		t.Fatal(err)
	}
	if err := below.Create(); err != nil {
		t.Fatal(err)
	}
	last := g.all()[len(g.all())-1]
	sleeper(t, &Group{Dirs: map[string]string{"x": last + "/below"}})
	err = again(t, g).Create()
	if err == nil || err.Error() != fmt.Sprintf("container's cgroup is not empty: 1 process(es) found (in %s)", last) {
		t.Error(err)
	}
}

func TestCreateWhereFrozen(t *testing.T) {
	g := newGroup(t)
	if err := g.Freeze(); err != nil {
		t.Fatal(err)
	}
	_, dir := g.controller("freezer")
	if err := again(t, g).Create(); err == nil || err.Error() != fmt.Sprintf("container's cgroup unexpectedly frozen (%s)", dir) {
		t.Error(err)
	}
	below, err := New(nameOf(t, g)+"/a/b", "id")
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Thaw(); err != nil {
		t.Fatal(err)
	}
	if err := below.Create(); err != nil {
		t.Fatal(err)
	}
	if err := g.Freeze(); err != nil {
		t.Fatal(err)
	}
	if err := again(t, below).Create(); err == nil || !strings.Contains(err.Error(), "container's cgroup unexpectedly frozen") {
		t.Errorf("below one that is frozen: %v", err)
	}
	if err := g.Thaw(); err != nil {
		t.Fatal(err)
	}
}

// A Create that fails in one hierarchy leaves nothing in the others.
func TestCreateFails(t *testing.T) {
	g := newGroup(t)
	last := g.all()[len(g.all())-1]
	if err := os.Mkdir(last+"/x", 0o755); err != nil {
		t.Fatal(err)
	}
	sleeper(t, &Group{Dirs: map[string]string{"x": last + "/x"}})
	failing, err := New(nameOf(t, g)+"/x", "id")
	if err != nil {
		t.Fatal(err)
	}
	if err := failing.Create(); err == nil {
		t.Fatal("made")
	}
	for _, dir := range g.all() {
		if _, err := os.Stat(dir + "/x"); dir != last && !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s/x is left: %v", dir, err)
		}
	}
}

// childTest runs what an ordinary user does, in a process of its own.
func TestMain(m *testing.M) {
	if path, is := os.LookupEnv("GROUP_TEST_PATH"); is {
		fmt.Println(asOrdinaryUser(path))
		return
	}
	os.Exit(m.Run())
}

func asOrdinaryUser(path string) string {
	g, err := New(path, fmt.Sprintf("mydocker-test-%d", os.Getpid()))
	if err != nil {
		return err.Error()
	}
	if err := g.Create(); err != nil {
		return err.Error()
	}
	result := fmt.Sprintf("%d directories", len(g.Dirs))
	err = g.Set(&specs.LinuxResources{Pids: &specs.LinuxPids{Limit: pointer[int64](3)}})
	if err != nil {
		result += ", " + err.Error()
	}
	return result + fmt.Sprintf(", %v", errors.Join(g.Set(nil), g.Destroy()))
}

// Who may make no cgroup stays in its own if it asks for none, and for no limit.
func TestOrdinaryUser(t *testing.T) {
	newGroup(t) // is root
	binary := filepath.Join(t.TempDir(), "test")
	content, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(binary, content, 0o755); err != nil {
		t.Fatal(err)
	}
	for dir := filepath.Dir(binary); dir != "/tmp" && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]string{
		"":      "0 directories, cannot set pids limit: container could not join or create cgroup: mkdir ",
		"/mine": "applying cgroup configuration: mkdir ",
	} {
		cmd := exec.Command(binary)
		cmd.Env = append(os.Environ(), "GROUP_TEST_PATH="+path)
		cmd.Dir = "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		output, err := cmd.CombinedOutput()
		if err != nil || !strings.HasPrefix(string(output), want) || !strings.Contains(string(output), "permission denied") || path == "" && !strings.HasSuffix(string(output), ", <nil>\n") {
			t.Errorf("%q: %v, %s", path, err, output)
		}
	}
}

// v2Group is a group of one directory, on a v2 hierarchy.
func v2Group(t *testing.T) *Group {
	t.Helper()
	g := newGroup(t)
	if g.V2Dir() == "" {
		t.Skip("needs cgroup v2, also beside v1")
	}
	return g
}

// A cgroup for threads has place for no process, nor has one below it.
func TestThreaded(t *testing.T) {
	g := v2Group(t)
	if err := os.Mkdir(g.V2Dir()+"/threads", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(g.V2Dir()+"/threads/cgroup.type", []byte("threaded"), 0); err != nil {
		t.Skipf("needs Linux 4.14: %v", err)
	}
	for name, want := range map[string]string{
		"/threads":       "is for threads",
		"/threads/below": "one above it is for threads",
		"/beside":        "one above it is for threads",
	} {
		below, err := New(nameOf(t, g)+name, "id")
		if err != nil {
			t.Fatal(err)
		}
		if err := below.Create(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
		if err := below.Undo(); err != nil {
			t.Error(err)
		}
	}
	if pids, err := g.Processes(); err != nil || len(pids) > 0 {
		t.Error(pids, err)
	}
	if err := Open(map[string]string{"": g.V2Dir() + "/threads"}).Kill(); err != nil {
		t.Error(err)
	}
}

// A cgroup with processes passes no controllers on: one below it can be had, without limits.
func TestInternalProcesses(t *testing.T) {
	g := v2Group(t)
	controllers, err := words(g.V2Dir() + "/cgroup.controllers")
	if err != nil {
		t.Fatal(err)
	}
	if len(controllers) == 0 {
		t.Skip("needs a controller on cgroup v2")
	}
	sleeper(t, &Group{Dirs: map[string]string{"": g.V2Dir()}})
	below, err := New(nameOf(t, g)+"/below", "id")
	if err != nil {
		t.Fatal(err)
	}
	if err := below.Create(); err != nil {
		t.Fatal(err)
	}
	if kind := typeOf(below.V2Dir()); kind != "domain" {
		t.Errorf("cgroup.type is %q", kind)
	}
	l := limit{target{controllers[0], subsystems.V2, below.V2Dir()}, []subsystems.Setting{{File: controllers[0] + ".max", Value: "1"}}}
	want := fmt.Sprintf("the cgroup %s holds processes itself, so it cannot pass the controller %s on", g.V2Dir(), controllers[0])
	if _, err := l.write(false); err == nil || !strings.Contains(err.Error(), want) {
		t.Error(err)
	}
	l.name, l.settings[0].File = "x", "x.max"
	if _, err := l.write(false); err == nil || !strings.Contains(err.Error(), "no cgroup hierarchy has the controller x") {
		t.Error(err)
	}
	if err := below.Destroy(); err != nil {
		t.Error(err)
	}
}

// keepRoot takes back what the test has the root of v2 pass on.
func keepRoot(t *testing.T) {
	t.Helper()
	mounted, err := cgroups.FindMounted()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mounted {
		if m.Version != subsystems.V2 {
			continue
		}
		file := m.Mountpoint + "/cgroup.subtree_control"
		before, err := words(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			after, err := words(file)
			if err != nil {
				t.Error(err)
			}
			for _, name := range after {
				if slices.Contains(before, name) {
					continue
				}
				if err := utils.Ignore(utils.WriteFile(file, "-"+name), unix.EBUSY); err != nil { // another uses it now
					t.Error(err)
				}
			}
		})
	}
}

// Beside v1 a controller of v2 is enabled when a limit needs it, and not before: others take v2 for a hierarchy without
// controllers there.
func TestEnabledForLimits(t *testing.T) {
	keepRoot(t)
	g := v2Group(t)
	offered, err := words(path.Dir(path.Dir(g.V2Dir())) + "/cgroup.controllers")
	if err != nil {
		t.Fatal(err)
	}
	enabled := func() []string {
		names, err := words(path.Dir(g.V2Dir()) + "/cgroup.subtree_control")
		if err != nil {
			t.Fatal(err)
		}
		return names
	}
	if len(g.v1Dirs()) == 0 {
		if len(enabled()) == 0 {
			t.Error("nothing is enabled")
		}
		return
	}
	if names := enabled(); len(names) > 0 {
		t.Errorf("%q are enabled", names)
	}
	limits := map[string]*specs.LinuxResources{
		"hugetlb": {HugepageLimits: []specs.LinuxHugepageLimit{{Pagesize: "2MB", Limit: 4 << 20}}}, "pids": {Pids: &specs.LinuxPids{Limit: pointer[int64](5)}},
	}
	for name, resources := range limits {
		if !slices.Contains(offered, name) {
			continue
		}
		if err := g.Set(resources); err != nil {
			t.Error(err)
		}
		if names := enabled(); !slices.Contains(names, name) {
			t.Errorf("%s is not among %q", name, names)
		}
	}
}

// Who a cgroup is delegated to owns what has it make cgroups below, and none of its limits.
func TestDelegate(t *testing.T) {
	g := v2Group(t)
	owner := func(file string) uint32 {
		var stat unix.Stat_t
		if err := unix.Stat(g.V2Dir()+file, &stat); err != nil {
			t.Fatal(err)
		}
		return stat.Uid
	}
	if err := g.Delegate(12345); err != nil {
		t.Fatal(err)
	}
	want := uint32(12345)
	if len(g.v1Dirs()) > 0 {
		want = 0
	}
	for _, file := range []string{"", "/cgroup.procs", "/cgroup.subtree_control", "/cgroup.threads"} {
		if got := owner(file); got != want {
			t.Errorf("%q belongs to %d, want %d", file, got, want)
		}
	}
	for _, file := range []string{"/cgroup.max.depth", "/cgroup.freeze"} {
		if got := owner(file); got != 0 {
			t.Errorf("%q belongs to %d", file, got)
		}
	}
}

// What is in cgroups below is listed, killed and removed, too.
func TestBelow(t *testing.T) {
	g := newGroup(t)
	main := g.main()
	if err := os.MkdirAll(main+"/a/b", 0o755); err != nil {
		t.Fatal(err)
	}
	first := sleeper(t, &Group{Dirs: map[string]string{"x": main}})
	second := sleeper(t, &Group{Dirs: map[string]string{"x": main + "/a/b"}})
	pids, err := g.Processes()
	if err != nil || len(pids) != 2 || pids[0] != min(first.Process.Pid, second.Process.Pid) {
		t.Errorf("%v, %v", pids, err)
	}
	if err := g.Clear(); err != nil {
		t.Fatal(err)
	}
	if unix.Access(main, unix.F_OK) == nil {
		t.Error(main + " is left")
	}
	for _, cmd := range []*exec.Cmd{first, second} {
		if err := cmd.Wait(); err == nil {
			t.Error("it has ended by itself")
		}
	}
}

// A process that forks all the time is killed with all that it has made.
func TestKillForks(t *testing.T) {
	g := newGroup(t)
	// A shell would end where the limit lets it fork no more.
	stop := start(t, g, `exec perl -e 'while (1) { fork; select(undef, undef, undef, 0.01) }'`)
	defer stop()
	if err := g.Set(&specs.LinuxResources{Pids: &specs.LinuxPids{Limit: pointer[int64](40)}}); err != nil {
		t.Fatal(err)
	}
	for count := 0; count <= 20; time.Sleep(time.Millisecond) { // until it has forked
		pids, err := g.Processes()
		if err != nil {
			t.Fatal(err)
		}
		count = len(pids)
	}
	if err := g.Kill(); err != nil {
		t.Fatal(err)
	}
	if pids, err := g.Processes(); err != nil || len(pids) > 0 {
		t.Errorf("%v, %v", pids, err)
	}
}
