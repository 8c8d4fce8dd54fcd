package cgroups

import (
	"errors"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

const (
	offers  = "cgroup.controllers"
	enables = "cgroup.subtree_control"
)

func TestEnable(t *testing.T) {
	h := fake(t, subsystems.V2, map[string]string{
		offers: "cpuset cpu memory pids\n", enables: "",
		"a/" + offers: "cpu memory\n", "a/" + enables: "",
		"a/b/" + offers: "memory\n", "a/b/" + enables: "",
	})
	if err := (&tree{Hierarchy: h}).enable("/a/b", "memory"); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"/", "/a/", "/a/b/"} {
		if got, err := utils.ReadFile(h.Mountpoint + dir + enables); err != nil || got != "+memory" {
			t.Errorf("%s of %s: %q, %v", enables, dir, got, err)
		}
	}
}

// What is enabled already is not written again: it may not be ours to write.
func TestEnableLeavesAlone(t *testing.T) {
	const before = "cpu memory\n"
	h := fake(t, subsystems.V2, map[string]string{
		enables:        before, // and not even a list of what is on offer
		"a/" + offers:  "cpu memory\n",
		"a/" + enables: "",
	})
	if err := (&tree{Hierarchy: h}).enable("/a", "memory"); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(h.Dir("/" + enables)); err != nil || string(got) != before {
		t.Errorf("the top was changed to %q, %v", got, err)
	}
	if got, err := utils.ReadFile(h.Dir("/a/" + enables)); err != nil || got != "+memory" {
		t.Errorf("the parent holds %q, %v", got, err)
	}
}

// The top comes first: a controller has to be passed down from there.
func TestEnableFromTheTop(t *testing.T) {
	h := fake(t, subsystems.V2, map[string]string{
		offers: "cpuset cpu pids\n", enables: "",
		"a/" + offers: "memory\n", "a/" + enables: "",
	})
	err := (&tree{Hierarchy: h}).enable("/a", "memory")
	var missing *MissingError
	if !errors.As(err, &missing) || missing.Controller != "memory" {
		t.Fatalf("enable() = %v, want a *MissingError", err)
	}
	want := (&MissingError{"memory", notPassedOn(h.Mountpoint, "memory")}).Error()
	if err.Error() != want {
		t.Errorf("enable() = %q, want %q", err, want)
	}
	if got, err := utils.ReadFile(h.Dir("/a/" + enables)); err != nil || got != "" {
		t.Errorf("the parent was written before the top: %q, %v", got, err)
	}
}

// "cpu" must not be found in "cpuset".
func TestEnableWholeWords(t *testing.T) {
	h := fake(t, subsystems.V2, map[string]string{offers: "cpuset\n", enables: "cpuset\n"})
	var missing *MissingError
	if err := (&tree{Hierarchy: h}).enable("/", "cpu"); !errors.As(err, &missing) {
		t.Errorf("enable() = %v, want a *MissingError", err)
	}
}

func TestEnableWithoutFiles(t *testing.T) {
	for _, files := range []map[string]string{nil, {enables: ""}} {
		h := fake(t, subsystems.V2, files)
		if err := (&tree{Hierarchy: h}).enable("/", "cpu"); !errors.Is(err, unix.ENOENT) {
			t.Errorf("enable() among %v = %v, want ENOENT", files, err)
		}
	}
}

// On v2 only the controllers that hold a limit are enabled, for each is paid
// for by every process below.
func TestSetEnablesOnlyWhatIsNeeded(t *testing.T) {
	for _, name := range []string{"memory", "cpu"} {
		h := fake(t, subsystems.V2, map[string]string{
			offers: "cpuset cpu memory\n", enables: "",
			"mydocker/" + offers: "cpuset cpu memory\n", "mydocker/" + enables: "",
		})
		m, text := manage(t, testPath, resourcesOf(name), Layout{"memory": h, "cpuset": h, "cpu": h})
		// The fake's new directory has no file to write the limit to, which
		// comes after the enabling.
		if err := m.Set(); err != nil {
			t.Errorf("%s: Set() = %v", name, err)
		}
		if !strings.Contains(text.String(), "the default "+name+" limit is left out: write "+h.Dir(testPath)) {
			t.Errorf("%s: logged:\n%s", name, text)
		}
		for _, dir := range []string{"/", "/mydocker/"} {
			if got, err := utils.ReadFile(h.Mountpoint + dir + enables); err != nil || got != "+"+name {
				t.Errorf("%s of %s: %q, %v; want +%s alone", enables, dir, got, err, name)
			}
		}
	}
}

// A v2 controller that is not passed down: a default goes, the cgroup stays,
// since the other limits and the clean-up need it.
func TestSetWithAControllerThatIsNotOffered(t *testing.T) {
	files := map[string]string{offers: "cpuset cpu memory\n", enables: "cpuset cpu memory\n", "mydocker/" + offers: "\n", "mydocker/" + enables: "\n"}
	h := fake(t, subsystems.V2, files)
	res := resources()
	res.Drop("cpuset")
	m, text := manage(t, testPath, res, Layout{"memory": h, "cpuset": h, "cpu": h})
	if err := m.Set(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"memory", "cpu"} {
		want := "the default " + name + " limit is left out: cgroup controller " + name + " is not available: " + h.Dir("/mydocker/"+offers)
		if strings.Count(text.String(), want) != 1 || res.Sets(name) {
			t.Errorf("logged:\n%s\nwant once: %s", text, want)
		}
	}
	if m.V2Dir() != h.Dir(testPath) || !exists(t, m.V2Dir()) {
		t.Errorf("V2Dir() = %q, want the container's cgroup", m.V2Dir())
	}
	destroy(t, m)
	if exists(t, h.Dir(testPath)) {
		t.Error("Destroy left the cgroup")
	}

	h = fake(t, subsystems.V2, files)
	res = resources("cpu")
	res.Drop("cpuset")
	m, _ = manage(t, testPath, res, Layout{"memory": h, "cpuset": h, "cpu": h})
	var missing *MissingError
	if err := m.Set(); !errors.As(err, &missing) || missing.Controller != "cpu" {
		t.Errorf("asked for cpu: Set() = %v, want a *MissingError for it", err)
	}
	destroy(t, m)
}

// A cgroup that holds processes is not asked to pass on anything: the kernel
// would do it for some controllers, to threads. Its root is free to.
func TestEnableAmongProcesses(t *testing.T) {
	files := map[string]string{
		offers: "cpu memory\n", enables: "", "cgroup.procs": "1\n",
		"a/" + offers: "cpu memory\n", "a/" + enables: "", "a/cgroup.type": "domain\n", "a/cgroup.procs": "0\n12\n",
	}
	h := fake(t, subsystems.V2, files)
	err := (&tree{Hierarchy: h}).enable("/a", "cpu")
	var missing *MissingError
	if !errors.As(err, &missing) || !strings.Contains(err.Error(), h.Dir("/a")+" holds processes itself") {
		t.Errorf("enable() = %v, want a *MissingError about the processes", err)
	}
	for dir, want := range map[string]string{"/": "+cpu", "/a/": ""} {
		if got, err := utils.ReadFile(h.Mountpoint + dir + enables); err != nil || got != want {
			t.Errorf("%s of %s: %q, %v; want %q", enables, dir, got, err, want)
		}
	}

	files["a/cgroup.procs"] = ""
	h = fake(t, subsystems.V2, files)
	if err := (&tree{Hierarchy: h}).enable("/a", "cpu"); err != nil {
		t.Errorf("without processes: %v", err)
	}
}

func TestCheckDomain(t *testing.T) {
	h := fake(t, subsystems.V2, map[string]string{"a/b/cgroup.type": "domain invalid\n", "a/c/cgroup.type": "domain\n", "a/d/x": ""})
	tr := &tree{Hierarchy: h, controllers: []subsystems.Subsystem{subsystems.New("cpu", h, nil)}}
	var missing *MissingError
	if err := tr.checkDomain("/a/b"); !errors.As(err, &missing) || !strings.Contains(err.Error(), h.Dir("/a")+" holds processes") {
		t.Errorf("checkDomain() = %v, want a *MissingError about the parent", err)
	}
	for _, cgroup := range []string{"/a/c", "/a/d"} {
		if err := tr.checkDomain(cgroup); err != nil {
			t.Errorf("checkDomain(%s) = %v", cgroup, err)
		}
	}
}
