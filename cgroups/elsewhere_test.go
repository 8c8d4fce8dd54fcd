package cgroups

import (
	"testing"

	"github.com/mydocker/mydocker/cgroups/subsystems"
)

// A leftover of a run from another cgroup is met where both have the same one, and is
// removed where they have not, too.
func TestClearElsewhere(t *testing.T) {
	const dead = "dddddddddddd"
	memory, cpu := fake(t, subsystems.V1, nil), fake(t, subsystems.V1, nil)
	memory.Controllers, cpu.Controllers = []string{"memory"}, []string{"cpu"}
	mustMake(t, memory.Dir("/there"), memory.Dir("/there/mydocker"), memory.Dir("/there/mydocker/"+dead), memory.Dir("/here"),
		memory.Dir("/there/other"), memory.Dir("/there/other/"+dead), cpu.Dir("/mydocker"), cpu.Dir("/mydocker/"+dead))
	m := &CgroupManager{id: testID, Resource: noLimits(), memberOf: "2:memory:/here\n1:cpu:/\n"}
	m.log, _ = newLog()
	layout := Layout{"memory": memory, "cpu": cpu}
	for name, h := range layout {
		tr, err := m.treeOf(h, layout)
		if err != nil {
			t.Fatal(err)
		}
		tr.add(subsystems.New(name, h, m.observe))
	}
	actAsKernel(t, m)
	if err := m.Set(); err != nil {
		t.Fatal(err)
	}
	if err := m.ClearLeftovers(); err != nil {
		t.Error(err)
	}
	for _, dir := range []string{memory.Dir("/there/mydocker"), cpu.Dir("/mydocker/" + dead)} {
		if exists(t, dir) {
			t.Errorf("%s is left", dir)
		}
	}
	for _, dir := range []string{memory.Dir("/there"), memory.Dir("/there/other/" + dead), memory.Dir("/here/mydocker/" + testID)} {
		if !exists(t, dir) {
			t.Errorf("%s is gone", dir)
		}
	}
	destroy(t, m)
}
