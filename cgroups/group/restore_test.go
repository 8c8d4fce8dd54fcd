package group

import (
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/mydocker/mydocker/cgroups/subsystems"
)

func TestOldValue(t *testing.T) {
	for _, test := range []struct{ file, value, content, want string }{
		{"memory.max", "1", "max", "max"},
		{"cpu.max", "1 2", "max 100000", "max 100000"},
		{"cpuset.cpus", "0", "", "\n"},
		{"io.max", "8:0 rbps=1", "8:16 rbps=5\n8:0 rbps=2 wbps=max riops=max wiops=max", "8:0 rbps=2 wbps=max riops=max wiops=max"},
		{"io.max", "8:0 rbps=1", "8:00 rbps=5", "8:0 rbps=max wbps=max riops=max wiops=max"},
		{"io.weight", "8:0 1", "default 100\n8:0 7", "8:0 7"},
		{"io.bfq.weight", "8:0 1", "default 100", "8:0 default"},
		{"io.weight", "1", "default 100\n", "default 100\n"},
		{"blkio.throttle.read_bps_device", "8:0 1", "", "8:0 0"},
		{"rdma.max", "a hca_handle=1", "b hca_handle=2 hca_object=max", "a hca_handle=max hca_object=max"},
		{"net_prio.ifpriomap", "lo 5", "lo 0\neth0 3", "lo 0"},
	} {
		if got := oldValue(&subsystems.Setting{File: test.file, Value: test.value}, test.content); got != test.want {
			t.Errorf("%s=%q over %q: %q, want %q", test.file, test.value, test.content, got, test.want)
		}
	}
}

// An update is done, or was never.
func TestUpdateFails(t *testing.T) {
	g := newGroup(t)
	before := &specs.LinuxResources{
		Memory: &specs.LinuxMemory{Limit: pointer[int64](32 << 20), Swap: pointer[int64](64 << 20)},
		CPU:    &specs.LinuxCPU{Shares: pointer[uint64](200), Quota: pointer[int64](20000), Period: pointer[uint64](50000)},
		Pids:   &specs.LinuxPids{Limit: pointer[int64](20)},
	}
	if err := g.Set(before); err != nil {
		t.Fatal(err)
	}
	files := map[string][]string{
		"memory": {"memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.max", "memory.swap.max"},
		"cpu":    {"cpu.shares", "cpu.cfs_quota_us", "cpu.cfs_period_us", "cpu.weight", "cpu.max"}, "pids": {"pids.max"}, "cpuset": {"cpuset.cpus"},
	}
	contents := func() string {
		var all []string
		for _, controller := range []string{"memory", "cpu", "pids", "cpuset"} {
			target := g.target(controller)
			for _, file := range files[controller] {
				content, err := target.read(file)
				if err == nil && content != "" { // a controller may have been enabled meanwhile
					all = append(all, file+"="+content)
				}
			}
		}
		return strings.Join(all, "\n")
	}
	want := contents()
	g = Open(g.Dirs)
	err := g.Set(&specs.LinuxResources{
		Memory:  &specs.LinuxMemory{Limit: pointer[int64](128 << 20), Swap: pointer[int64](256 << 20)},
		CPU:     &specs.LinuxCPU{Shares: pointer[uint64](400), Quota: pointer[int64](90000), Period: pointer[uint64](90000), Cpus: "0"},
		Pids:    &specs.LinuxPids{Limit: pointer[int64](30)},
		BlockIO: &specs.LinuxBlockIO{ThrottleReadBpsDevice: []specs.LinuxThrottleDevice{{LinuxBlockIODevice: specs.LinuxBlockIODevice{Major: 4000, Minor: 1}, Rate: 1}}},
	})
	if err == nil || strings.Contains(err.Error(), "restore") {
		t.Fatal(err)
	}
	if got := contents(); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
