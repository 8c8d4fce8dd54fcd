package cgroups

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"mydocker/cgroups/subsystems"
	"mydocker/utils"
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
	if err := enable(h, "/a/b", "memory"); err != nil {
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
	if err := enable(h, "/a", "memory"); err != nil {
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
	err := enable(h, "/a", "memory")
	var missing *MissingError
	if !errors.As(err, &missing) || missing.Controller != "memory" {
		t.Fatalf("enable() = %v, want a *MissingError", err)
	}
	want := "cgroup controller memory is not available: " + h.Mountpoint + "/" + offers + " does not list it; the cgroup above has to enable it"
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
	if err := enable(h, "/", "cpu"); !errors.As(err, &missing) {
		t.Errorf("enable() = %v, want a *MissingError", err)
	}
}

func TestEnableWithoutFiles(t *testing.T) {
	for _, files := range []map[string]string{nil, {enables: ""}} {
		h := fake(t, subsystems.V2, files)
		if err := enable(h, "/", "cpu"); !errors.Is(err, unix.ENOENT) {
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

// A parent that the user made is his; one that was made on the way is removed
// again, and the default parent always.
func TestParentsAreRemovedAgain(t *testing.T) {
	tests := []struct {
		path     string
		existing []string
		kept     []string
		gone     []string
	}{
		{"/a/b/c/" + testID, nil, nil, []string{"/a"}},
		{"/a/b/c/" + testID, []string{"/a"}, []string{"/a"}, []string{"/a/b"}},
		{"/a/b/" + testID, []string{"/a/b"}, []string{"/a/b"}, []string{"/a/b/" + testID}},
		{"/" + testID, nil, []string{"/"}, []string{"/" + testID}},
		{testPath, []string{"/mydocker"}, []string{"/"}, []string{"/mydocker"}},
		{"/a/b/" + testID, []string{"/a/b", "/a/other"}, []string{"/a/b", "/a/other"}, []string{"/a/b/" + testID}},
	}
	for _, test := range tests {
		h := fake(t, subsystems.V1, nil)
		for _, dir := range test.existing {
			mustMkdir(t, h.Dir(dir))
		}
		m, _ := manage(t, test.path, noLimits(), Layout{"memory": h})
		if err := m.Set(); err != nil || !exists(t, h.Dir(test.path)) {
			t.Errorf("%s: Set() = %v", test.path, err)
		}
		destroy(t, m)
		for _, dir := range test.kept {
			if !exists(t, h.Dir(dir)) {
				t.Errorf("%s beside %q: %s is gone", test.path, test.existing, dir)
			}
		}
		for _, dir := range test.gone {
			if exists(t, h.Dir(dir)) {
				t.Errorf("%s beside %q: %s is still there", test.path, test.existing, dir)
			}
		}
	}
}

// Two runs that start and end at the same time remove the common parent under
// each other's feet; none of them may notice.
func TestParentRemovedMeanwhile(t *testing.T) {
	h := fake(t, subsystems.V1, nil)
	const runs = 8
	errs := make(chan error, runs)
	for worker := range runs {
		log, _ := newLog()
		go func() {
			var failed []error
			for range 200 {
				path := fmt.Sprintf("%s/%012x", DefaultParent, worker)
				m, err := NewCgroupManager(path, noLimits(), Layout{"memory": h}, log)
				if err == nil {
					err = errors.Join(m.Set(), m.ClearLeftovers(), m.Destroy())
				}
				failed = append(failed, err)
			}
			errs <- errors.Join(failed...)
		}()
	}
	for range runs {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if exists(t, h.Dir(DefaultParent)) {
		t.Error("the parent is still there")
	}
}

// A parent that mydocker made goes with the last container in it, whoever
// that is; one that was there before stays.
func TestParentsGoWithTheLastContainer(t *testing.T) {
	tr := &tree{Hierarchy: fake(t, subsystems.V1, nil)}
	if err := mkdir(tr.Dir("/a")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := tr.makeParents("/a/b/c"); err != nil {
			t.Fatal(err)
		}
	}
	if err := mkdir(tr.Dir("/a/b/c/other")); err != nil {
		t.Fatal(err)
	}
	another := &tree{Hierarchy: tr.Hierarchy}
	if err := another.remove("/a/b/c/gone"); err != nil || !exists(t, tr.Dir("/a/b/c")) {
		t.Errorf("a parent in use: %v", err)
	}
	if err := unix.Rmdir(tr.Dir("/a/b/c/other")); err != nil {
		t.Fatal(err)
	}
	if err := another.remove("/a/b/c/gone"); err != nil {
		t.Error(err)
	}
	if exists(t, tr.Dir("/a/b")) || !exists(t, tr.Dir("/a")) {
		t.Error("removed are not just the parents that were made")
	}
}
