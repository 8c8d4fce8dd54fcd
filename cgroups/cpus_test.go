package cgroups

import (
	"fmt"
	"slices"
	"testing"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

func TestInTurn(t *testing.T) {
	tests := []struct {
		available, own utils.CPUList
		want           utils.CPUList
	}{
		{utils.CPUList{0, 1, 2, 3}, utils.CPUList{0, 1, 2, 3}, utils.CPUList{1, 2, 3, 0}},
		{utils.CPUList{0, 1, 2, 3}, utils.CPUList{0, 2}, utils.CPUList{0, 2}}, // no CPU 1
		{utils.CPUList{0, 1, 2, 3}, utils.CPUList{0, 1, 3}, utils.CPUList{1, 3, 0}},
		{utils.CPUList{0}, utils.CPUList{0, 1}, utils.CPUList{0}},
		{utils.CPUList{2, 3}, utils.CPUList{0, 1}, utils.CPUList{2, 3}}, // mydocker is elsewhere
		{utils.CPUList{0, 1}, nil, utils.CPUList{1, 0}},                 // not known
	}
	for _, test := range tests {
		if got := inTurn(test.available, test.own, 1); !slices.Equal(got, test.want) {
			t.Errorf("inTurn(%v, %v) = %v, want %v", test.available, test.own, got, test.want)
		}
	}
}

// The default CPU goes by how many containers there are; what was asked for does not.
func TestSpreadCPUs(t *testing.T) {
	h := fake(t, subsystems.V2, nil)
	tr := &tree{Hierarchy: h, cgroup: testPath}
	for others, want := range []int{1, 0, 1, 0} {
		mustMkdir(t, h.Dir(fmt.Sprintf("%s/%012d", DefaultParent, others)))
		res := &subsystems.ResourceConfig{CPUs: subsystems.Limit[utils.CPUList]{Value: utils.CPUList{1}}}
		m := &CgroupManager{Resource: res, cpus: cpuChoice{tree: tr, defaults: utils.CPUList{1, 0}}}
		m.spreadCPUs(tr)
		if got := res.CPUs.Value; !slices.Equal(got, utils.CPUList{want}) {
			t.Errorf("beside %d others: CPUs %v, want %d", others, got, want)
		}
		m.cpus.defaults, res.CPUs.Value = nil, utils.CPUList{0, 1}
		if m.spreadCPUs(tr); len(res.CPUs.Value) != 2 {
			t.Errorf("CPUs that were asked for became %v", res.CPUs.Value)
		}
	}
}
