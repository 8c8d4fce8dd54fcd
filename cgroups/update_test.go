package cgroups

import (
	"testing"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// A default that was left out at the start, for its controller is not passed on, is not asked for
// again when another limit is changed.
func TestUpdateLeavesOut(t *testing.T) {
	const given, file = "memory pids\n", "mydocker/" + testID + "/memory.max"
	h := fake(t, subsystems.V2, map[string]string{
		offers: given, enables: given, "mydocker/" + offers: given, "mydocker/" + enables: given, file: "",
	})
	m, _ := manage(t, testPath, resources(), Layout{"memory": h, "cpu": h})
	m.Resource.Drop("cpu")
	res := resources("memory")
	res.Memory.Value = 32 << 20
	if err := m.Update(res); err != nil {
		t.Fatal(err)
	}
	if got, err := utils.ReadFile(h.Mountpoint + "/" + file); err != nil || got != "33554432" {
		t.Errorf("%s: %q, %v", file, got, err)
	}
	if err := m.Update(resources("cpu")); err == nil {
		t.Error("what was asked for is left out")
	}
}
