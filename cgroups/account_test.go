package cgroups

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// Hierarchies that only count are used as the others are, come after them, and
// are gone with them.
func TestAccount(t *testing.T) {
	memory, cpu, pids, cpuacct := fake(t, subsystems.V1, nil), fake(t, subsystems.V1, nil), fake(t, subsystems.V1, nil), fake(t, subsystems.V1, nil)
	layout := Layout{"memory": memory, "cpu": cpu, "pids": pids, "cpuacct": cpuacct}
	m, text := manage(t, testPath, noLimits(), layout)
	if len(m.Dirs()) != 2 {
		t.Errorf("directories before Account: %q", m.Dirs())
	}
	m.Account(layout, subsystems.Counters())
	actAsKernel(t, m)
	if err := m.Set(); err != nil {
		t.Fatal(err)
	}
	want := []string{memory.Dir(testPath), cpu.Dir(testPath), pids.Dir(testPath), cpuacct.Dir(testPath)}
	if got := m.Dirs(); !slices.Equal(got, want) {
		t.Errorf("places %q, want %q", got, want)
	}
	for name, h := range layout {
		if got := m.ByController()[name]; got != (Directory{h.Dir(testPath), subsystems.V1}) {
			t.Errorf("place of %s: %+v", name, got)
		}
	}
	destroy(t, m)
	for _, dir := range append(want, pids.Dir(DefaultParent), cpuacct.Dir(DefaultParent)) {
		if exists(t, dir) {
			t.Errorf("%s is left", dir)
		}
	}
	if text.Len() > 0 {
		t.Errorf("warned:\n%s", text)
	}
}

// What the host cannot count is left out without a word.
func TestAccountWithout(t *testing.T) {
	memory := fake(t, subsystems.V2, map[string]string{
		"cgroup.controllers": "memory\n", "cgroup.subtree_control": "memory\n", "mydocker/cgroup.subtree_control": "memory\n",
	})
	layout := Layout{"memory": memory, "pids": memory} // its root does not offer pids
	m, text := manage(t, testPath, noLimits(), layout)
	m.Account(layout, subsystems.Counters())
	if err := m.Set(); err != nil {
		t.Fatal(err)
	}
	if got, err := utils.ReadFile(memory.Mountpoint + "/cgroup.subtree_control"); err != nil || got != "memory" {
		t.Errorf("enabled is %q, %v", got, err)
	}
	if got := m.ByController()[subsystems.CoreName]; got != (Directory{memory.Dir(testPath), subsystems.V2}) {
		t.Errorf("the cgroup itself: %+v", got)
	}
	if text.Len() > 0 {
		t.Errorf("warned:\n%s", text)
	}
	none, _ := manage(t, testPath, noLimits(), Layout{})
	none.Account(Layout{}, subsystems.Counters())
	if pids, err := none.Processes(); len(pids) > 0 || err != nil || len(none.ByController()) > 0 {
		t.Errorf("no cgroup has %v, %v, %v", pids, err, none.ByController())
	}
}

// A thread of mydocker is never in the cgroup that counts tasks: the container's
// first process is moved there.
func TestJoin(t *testing.T) {
	const file = "/cgroup.procs"
	memory := fake(t, subsystems.V1, map[string]string{testPath + file: "", testPath + "/tasks": ""})
	pids := fake(t, subsystems.V1, map[string]string{testPath + file: "", testPath + "/tasks": ""})
	layout := Layout{"memory": memory, "pids": pids}
	m, _ := manage(t, testPath, noLimits(), layout)
	m.Account(layout, subsystems.Counters())
	if err := m.Join(4711); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{memory.Dir(testPath): "", pids.Dir(testPath): "4711"} {
		if got, err := utils.ReadFile(dir + file); err != nil || got != want {
			t.Errorf("%s%s holds %q, %v; want %q", dir, file, got, err, want)
		}
	}
	memory.Controllers, pids.Controllers = []string{"memory"}, []string{"pids"}
	migrations, err := m.Migrations()
	if err != nil || len(migrations) != 1 || migrations[0].Target != memory.Dir(testPath)+"/tasks" {
		t.Errorf("Migrations() = %v, %v, want that of memory alone", migrations, err)
	}
}

func TestProcesses(t *testing.T) {
	h := fake(t, subsystems.V2, map[string]string{
		testPath + "/cgroup.procs": "0\n12\n13\n", testPath + "/a/cgroup.procs": "14\n", testPath + "/a/b/cgroup.procs": "",
	})
	m, _ := manage(t, testPath, noLimits(), Layout{"memory": h})
	if got, err := m.Processes(); err != nil || !slices.Equal(got, []int{12, 13, 14}) {
		t.Errorf("Processes() = %v, %v", got, err)
	}
	h = fake(t, subsystems.V2, map[string]string{testPath + "/cgroup.procs": "twelve\n"})
	m, _ = manage(t, testPath, noLimits(), Layout{"memory": h})
	if got, err := m.Processes(); err == nil || !strings.Contains(errors.Unwrap(err).Error(), "cgroup.procs") {
		t.Errorf("Processes() = %v, %v", got, err)
	}
}
