package subsystems

import (
	"slices"
	"testing"

	"github.com/mydocker/mydocker/utils"
)

func TestUpdate(t *testing.T) {
	memory := func(bytes int64) Limit[int64] { return Limit[int64]{bytes, true} }
	for name, test := range map[string]struct {
		controller string
		from, to   *ResourceConfig
		v1, v2     []string
	}{
		"nothing": {MemoryName, &ResourceConfig{Memory: memory(64 << 20)}, &ResourceConfig{Memory: memory(64 << 20)}, nil, nil},
		"more memory": {MemoryName, &ResourceConfig{Memory: memory(64 << 20)}, &ResourceConfig{Memory: memory(128 << 20)},
			[]string{"memory.memsw.limit_in_bytes 268435456", "memory.limit_in_bytes 134217728"}, []string{"memory.swap.max 134217728", "memory.max 134217728"}},
		"less memory": {MemoryName, &ResourceConfig{Memory: memory(128 << 20)}, &ResourceConfig{Memory: memory(64 << 20)},
			[]string{"memory.limit_in_bytes 67108864", "memory.memsw.limit_in_bytes 134217728"}, []string{"memory.max 67108864", "memory.swap.max 67108864"}},
		"no memory": {MemoryName, &ResourceConfig{Memory: memory(64 << 20), MemoryReservation: 8 << 20}, &ResourceConfig{},
			[]string{"memory.soft_limit_in_bytes -1", "memory.memsw.limit_in_bytes -1", "memory.limit_in_bytes -1"}, []string{"memory.low 0", "memory.swap.max max", "memory.max max"}},
		"a first limit": {MemoryName, &ResourceConfig{}, &ResourceConfig{Memory: memory(64 << 20)},
			[]string{"memory.limit_in_bytes 67108864", "memory.memsw.limit_in_bytes 134217728"}, []string{"memory.max 67108864", "memory.swap.max 67108864"}},
		"quota": {CPUName, &ResourceConfig{CPUShares: Limit[uint64]{512, true}}, &ResourceConfig{CPUShares: Limit[uint64]{512, true}, CPUQuota: 50000},
			[]string{"cpu.cfs_period_us 100000", "cpu.cfs_quota_us 50000"}, []string{"cpu.max 50000 100000"}},
		"no quota": {CPUName, &ResourceConfig{CPUShares: Limit[uint64]{512, true}, CPUQuota: 50000, CPUPeriod: 20000}, &ResourceConfig{},
			[]string{"cpu.shares 1024", "cpu.cfs_period_us 100000", "cpu.cfs_quota_us -1"}, []string{"cpu.weight 100", "cpu.max max"}},
		"CPUs":      {CPUSetName, &ResourceConfig{CPUs: Limit[utils.CPUList]{utils.CPUList{0}, true}}, &ResourceConfig{}, []string{"cpuset.mems 0", "cpuset.cpus 0-3"}, []string{"cpuset.cpus \n"}},
		"processes": {PidsName, &ResourceConfig{PidsLimit: memory(7)}, &ResourceConfig{}, []string{"pids.max max"}, []string{"pids.max max"}},
		"a weight":  {IOName, &ResourceConfig{BlkioWeight: 10}, &ResourceConfig{}, []string{"blkio.weight 500"}, []string{"io.bfq.weight 100"}},
	} {
		for version, want := range map[Version][]string{V1: test.v1, V2: test.v2} {
			files := map[string]string{"cpuset.cpus": "0-3", "cpuset.mems": "0"}
			for _, file := range []string{
				"memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.soft_limit_in_bytes", "memory.max", "memory.swap.max", "memory.low", "cpu.shares",
				"cpu.cfs_period_us", "cpu.cfs_quota_us", "cpu.weight", "cpu.max", "cpuset.cpus", "cpuset.mems", "pids.max", "blkio.weight", "io.bfq.weight",
			} {
				files["c/"+file] = "old"
			}
			var got []string
			observe := func(_, file, value, _ string) { got = append(got, file+" "+value) }
			h := fakeHierarchy(t, version, files)
			if err := Update(test.controller, h, "/c", test.from, test.to, observe); err != nil {
				t.Errorf("%s, v%d: %v", name, version, err)
			}
			for i := range got {
				got[i] = got[i][len(h.Dir("/c"))+1:]
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s, v%d: %q, want %q", name, version, got, want)
			}
		}
	}
}

// A v2 cpuset that the kernel does not empty gets what the one above has.
func TestFillFromAbove(t *testing.T) {
	h := fakeHierarchy(t, V2, map[string]string{"cpuset.cpus.effective": "0-3\n", "c/cpuset.cpus": "0\n"})
	c := controller{name: CPUSetName, hierarchy: h, observe: func(string, string, string, string) {}}
	if err := c.fillFromAbove("/c", Setting{File: "cpuset.cpus", Value: emptied}); err != nil {
		t.Fatal(err)
	}
	if got, err := utils.ReadFile(h.Dir("/c/cpuset.cpus")); err != nil || got != "0-3" {
		t.Errorf("cpuset.cpus: %q, %v", got, err)
	}
}
