package cgroups

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sirupsen/logrus"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

const (
	testID   = "0123456789ab"
	testPath = DefaultParent + "/" + testID
)

// fake makes a directory that stands for a mounted hierarchy, with plain
// files in it. A new directory in it gets no files, as a cgroup would, so a
// manager can create and remove cgroups there, but writes no limit.
func fake(t *testing.T, version subsystems.Version, files map[string]string) *subsystems.Hierarchy {
	t.Helper()
	h := &subsystems.Hierarchy{Version: version, Mountpoint: t.TempDir(), Root: "/"}
	for name, content := range files {
		path := filepath.Join(h.Mountpoint, name)
		mustMkdir(t, filepath.Dir(path))
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// newLog returns a logger and what was logged through it.
func newLog() (*logrus.Logger, *bytes.Buffer) {
	log, text := logrus.New(), &bytes.Buffer{}
	log.SetOutput(text)
	log.SetLevel(logrus.DebugLevel)
	log.SetFormatter(&logrus.TextFormatter{DisableTimestamp: true})
	return log, text
}

// resources asks for the limits named in asked; the others are defaults.
func resources(asked ...string) *subsystems.ResourceConfig {
	return &subsystems.ResourceConfig{
		Memory:    subsystems.Limit[int64]{Value: 64 << 20, Asked: slices.Contains(asked, "memory")},
		CPUs:      subsystems.Limit[utils.CPUList]{Value: utils.CPUList{1}, Asked: slices.Contains(asked, "cpuset")},
		CPUShares: subsystems.Limit[uint64]{Value: 512, Asked: slices.Contains(asked, "cpu")},
	}
}

func manage(t *testing.T, cgroup string, res *subsystems.ResourceConfig, layout Layout) (*CgroupManager, *bytes.Buffer) {
	t.Helper()
	log, text := newLog()
	m, err := NewCgroupManager(path.Dir(cgroup), path.Base(cgroup), res, layout, log)
	if err != nil {
		t.Fatal(err)
	}
	actAsKernel(t, m)
	return m, text
}

func exists(t *testing.T, dir string) bool {
	t.Helper()
	_, err := os.Stat(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return err == nil
}

func destroy(t *testing.T, m *CgroupManager) {
	t.Helper()
	if err := m.Destroy(); err != nil {
		t.Errorf("Destroy() = %v", err)
	}
}

// A host without any cgroups: defaults are left out with one warning each, a
// limit that was asked for is an error that names its controller.
func TestManagerWithoutHierarchies(t *testing.T) {
	res := resources()
	m, text := manage(t, testPath, res, Layout{})
	for _, name := range subsystems.Names(noLimits()) {
		if res.Sets(name) {
			t.Errorf("%s is still set", name)
		}
		want := "the default " + name + " limit is left out: cgroup controller " + name + " is not available: "
		if got := strings.Count(text.String(), want); got != 1 {
			t.Errorf("%d warnings about %s in:\n%s", got, name, text)
		}
	}
	if err := errors.Join(m.Set(), m.ClearLeftovers(), m.Destroy()); err != nil || m.V2Dir() != "" || len(m.Dirs()) != 0 {
		t.Errorf("a manager of nothing: %v, %q, %q", err, m.V2Dir(), m.Dirs())
	}
	for _, name := range subsystems.Names(noLimits()) {
		log, _ := newLog()
		_, err := NewCgroupManager(DefaultParent, testID, resources(name), Layout{}, log)
		var missing *MissingError
		if !errors.As(err, &missing) || missing.Controller != name {
			t.Errorf("asked for %s: %v, want a *MissingError for it", name, err)
		}
	}
}

// "-m 0" needs no controller, and no warning either.
func TestManagerWithoutLimits(t *testing.T) {
	res := &subsystems.ResourceConfig{Memory: subsystems.Limit[int64]{Asked: true}}
	if _, text := manage(t, testPath, res, Layout{}); text.Len() > 0 {
		t.Errorf("logged:\n%s", text)
	}
}

// noLimits needs no files, so the whole life of a cgroup works on plain
// directories.
func noLimits() *subsystems.ResourceConfig { return &subsystems.ResourceConfig{} }

func TestManagerLife(t *testing.T) {
	memory := fake(t, subsystems.V1, nil)
	unified := fake(t, subsystems.V2, nil)
	cpuset := fake(t, subsystems.V2, nil)
	cpuset.Mountpoint = unified.Mountpoint // the same mount, as another value
	m, text := manage(t, testPath, noLimits(), Layout{"memory": memory, "cpuset": cpuset, "cpu": unified})
	places := []string{memory.Dir(testPath), unified.Dir(testPath)}
	if got := m.Dirs(); !slices.Equal(got, places) {
		t.Fatalf("Dirs() = %q, want %q", got, places)
	}
	if got := m.V2Dir(); got != places[1] {
		t.Errorf("V2Dir() = %q, want %q", got, places[1])
	}
	if exists(t, memory.Dir(DefaultParent)) {
		t.Error("NewCgroupManager created something")
	}
	if err := m.Set(); err != nil {
		t.Fatal(err)
	}
	for _, place := range places {
		if !exists(t, place) {
			t.Errorf("Set did not create %s", place)
		}
	}
	if dead := isDead(t, places[0]); dead {
		t.Error("the primary cgroup of a live container is not locked")
	}
	for range 2 {
		destroy(t, m)
	}
	for _, h := range []*subsystems.Hierarchy{memory, unified} {
		if exists(t, h.Dir(DefaultParent)) {
			t.Errorf("Destroy left %s", h.Dir(DefaultParent))
		}
	}
	if text.Len() > 0 {
		t.Errorf("logged:\n%s", text)
	}
}

// isDead asks as a later run would.
func isDead(t *testing.T, dir string) bool {
	t.Helper()
	held := unlocked
	ours, err := held.open(filepath.Join(dir, lockFile(subsystems.V1)))
	if err != nil || !ours {
		t.Fatalf("open the lock of %s: %v, %v", dir, ours, err)
	}
	dead, err := held.try()
	if err := errors.Join(err, held.release()); err != nil {
		t.Fatal(err)
	}
	return dead
}

func TestManagerDestroyBeforeSet(t *testing.T) {
	h := fake(t, subsystems.V1, map[string]string{"mydocker/0123456789ab/other": ""})
	m, _ := manage(t, testPath, noLimits(), Layout{"memory": h, "cpuset": h, "cpu": h})
	destroy(t, m)
	if !exists(t, h.Dir(testPath)+"/other") {
		t.Error("Destroy removed a cgroup that this manager did not create")
	}
}

// The cgroup of another container is never shared, whatever its state.
func TestManagerSetOnAnExistingCgroup(t *testing.T) {
	h := fake(t, subsystems.V1, nil)
	mustMkdir(t, h.Dir(testPath))
	m, _ := manage(t, testPath, noLimits(), Layout{"memory": h})
	if err := m.Set(); !errors.Is(err, fs.ErrExist) {
		t.Errorf("Set() = %v, want EEXIST", err)
	}
	destroy(t, m)
	if !exists(t, h.Dir(testPath)) {
		t.Error("Destroy removed another's cgroup")
	}
}

// The parent stays for as long as another container uses it.
func TestManagerSharesTheParent(t *testing.T) {
	h := fake(t, subsystems.V1, nil)
	layout := Layout{"memory": h}
	first, _ := manage(t, testPath, noLimits(), layout)
	second, _ := manage(t, DefaultParent+"/ba9876543210", noLimits(), layout)
	if err := errors.Join(first.Set(), second.Set()); err != nil {
		t.Fatal(err)
	}
	destroy(t, first)
	if exists(t, h.Dir(first.trees[0].cgroup)) || !exists(t, h.Dir(second.trees[0].cgroup)) {
		t.Error("the first container's end did not remove its cgroup, and it alone")
	}
	destroy(t, second)
	if exists(t, h.Dir(DefaultParent)) {
		t.Error("the last container left the parent")
	}
}

// A failure that is not the host's to give stops the run, defaults or not.
func TestManagerSetFails(t *testing.T) {
	h := fake(t, subsystems.V1, map[string]string{"mydocker": "a file"})
	m, text := manage(t, testPath, resourcesOf("memory"), Layout{"memory": h})
	if err := m.Set(); !errors.Is(err, unix.ENOTDIR) || text.Len() > 0 {
		t.Errorf("Set() = %v, logged %q; want ENOTDIR", err, text)
	}
}

// resourcesOf holds the default of one controller only.
func resourcesOf(name string) *subsystems.ResourceConfig {
	res := resources()
	for _, other := range subsystems.Names(noLimits()) {
		if other != name {
			res.Drop(other)
		}
	}
	return res
}

func TestManagerApply(t *testing.T) {
	v1 := fake(t, subsystems.V1, map[string]string{"mydocker/0123456789ab/cgroup.procs": ""})
	v2 := fake(t, subsystems.V2, map[string]string{"mydocker/0123456789ab/cgroup.procs": ""})
	m, _ := manage(t, testPath, noLimits(), Layout{"memory": v1, "cpuset": v2, "cpu": v2})
	if err := m.Apply(4711); err != nil {
		t.Fatal(err)
	}
	for _, place := range m.Dirs() {
		if got, err := utils.ReadFile(place + "/cgroup.procs"); err != nil || got != "4711" {
			t.Errorf("%s holds %q, %v", place, got, err)
		}
	}
	if err := os.Remove(v2.Dir(testPath) + "/cgroup.procs"); err != nil {
		t.Fatal(err)
	}
	if err := m.Apply(4711); !errors.Is(err, unix.ENOENT) {
		t.Errorf("Apply() = %v, want ENOENT", err)
	}
}

// A hierarchy that the process is not listed in counts as one at whose top it is.
func TestManagerMigrations(t *testing.T) {
	h := fake(t, subsystems.V1, map[string]string{})
	h.Controllers = []string{"no-such-controller"}
	v2 := fake(t, subsystems.V2, map[string]string{})
	m, _ := manage(t, testPath, noLimits(), Layout{"memory": h, "cpu": v2})
	var changes []Change
	asKernel := m.Watch
	m.Watch = func(change Change) {
		asKernel(change)
		changes = append(changes, change)
	}
	migrations, err := m.Migrations()
	if err != nil || len(migrations) != 1 {
		t.Fatalf("Migrations() = %v, %v, want that of v1", migrations, err)
	}
	migration := migrations[0]
	tasks, top := h.Dir(testPath)+"/tasks", h.Mountpoint+"/tasks"
	if migration.Target != tasks || path.Clean(migration.Origin) != top || migration.Root != top {
		t.Errorf("migration %+v", migration)
	}
	if err := migration.Refused(unix.EACCES); !strings.Contains(err.Error(), `write `+tasks+` = "0": permission denied (this cgroup is not delegated`) {
		t.Errorf("Closed() = %v", err)
	}
	migration.Entered()
	migration.Returned()
	if len(changes) != 2 || changes[0].Path != tasks || changes[1].Path != migration.Origin || changes[0].Value+changes[1].Value != "00" {
		t.Errorf("told %+v", changes)
	}
}

// Memory nodes that the host, or the cgroup above, does not have; the kernel
// itself is silent about it on v2.
func TestManagerMems(t *testing.T) {
	tests := []struct {
		version subsystems.Version
		files   map[string]string
		want    string
	}{
		{subsystems.V1, map[string]string{"cpuset.mems": "0-1\n"}, ""},
		{subsystems.V1, map[string]string{"cpuset.mems": "0\n"}, "memory nodes 1 are not all available: this host (or the cgroup parent) has 0"},
		{subsystems.V2, map[string]string{"cpuset.mems.effective": "0-1\n", "mydocker/cpuset.mems.effective": "0\n"}, "memory nodes 1 are not all available: this host (or the cgroup parent) has 0"},
	}
	for _, test := range tests {
		h := fake(t, test.version, test.files)
		log, _ := newLog()
		res := &subsystems.ResourceConfig{CPUSetMems: utils.CPUList{1}}
		_, err := NewCgroupManager(DefaultParent, testID, res, Layout{"memory": h, "cpuset": h, "cpu": h}, log)
		var unavailable *UnavailableError
		if (err != nil) != (test.want != "") || err != nil && (!errors.As(err, &unavailable) || err.Error() != test.want) {
			t.Errorf("v%d %v: %v, want %q", test.version, test.files, err, test.want)
		}
	}
}

// What v1 has no file for, or another with that name, is refused before
// anything is created.
func TestManagerOnlyV2(t *testing.T) {
	tests := []struct {
		res  *subsystems.ResourceConfig
		name string
		want string
	}{
		{&subsystems.ResourceConfig{OOMGroup: true}, "memory", "--oom-group"},
		{&subsystems.ResourceConfig{PidsLimit: subsystems.Limit[int64]{Value: 1, Asked: true}}, "pids", "--pids-limit 1"},
		{&subsystems.ResourceConfig{Conf: []subsystems.Conf{{File: "pids.max", Value: "5"}}}, "pids", "--cgroup-conf pids.max=5"},
	}
	for _, test := range tests {
		for _, version := range []subsystems.Version{subsystems.V1, subsystems.V2} {
			h := fake(t, version, nil)
			log, _ := newLog()
			_, err := NewCgroupManager(DefaultParent, testID, test.res, Layout{"memory": h, "cpuset": h, "cpu": h, "pids": h}, log)
			want := test.want + " can be had on cgroup v2 only, and this host has the " + test.name + " controller on v1"
			if refused := err != nil && err.Error() == want; refused != (version == subsystems.V1) || !refused && err != nil {
				t.Errorf("v%d: %v", version, err)
			}
		}
	}
}

// The files that need no controller are there without its being passed on.
func TestManagerCoreFiles(t *testing.T) {
	h := fake(t, subsystems.V2, map[string]string{offers: "", enables: "", "mydocker/" + offers: "", "mydocker/" + enables: ""})
	res := &subsystems.ResourceConfig{Conf: []subsystems.Conf{{File: "cgroup.max.depth", Value: "1"}}}
	m, _ := manage(t, testPath, res, Layout{"cgroup": h})
	// The fake's new directory has no file to write to.
	var needs *subsystems.NeedsError
	if err := m.Set(); !errors.As(err, &needs) || !strings.Contains(err.Error(), h.Dir(testPath)+"/cgroup.max.depth") {
		t.Errorf("Set() = %v", err)
	}
	destroy(t, m)
}
