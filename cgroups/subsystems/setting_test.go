package subsystems

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// A container has cgroups of these, but for limits that are lifted; of others only
// if needed.
func TestNames(t *testing.T) {
	lifted := func(memory, cpus, shares bool) *ResourceConfig {
		return &ResourceConfig{
			Memory: Limit[int64]{Asked: memory}, CPUs: Limit[utils.CPUList]{Asked: cpus}, CPUShares: Limit[uint64]{Asked: shares},
		}
	}
	mems := lifted(false, true, false)
	mems.CPUSetMems = utils.CPUList{0}
	tests := []struct {
		res  *ResourceConfig
		want []string
	}{
		{&ResourceConfig{}, []string{"memory", "cpuset", "cpu"}},
		{limits(64<<20, 512, 1), []string{"memory", "cpuset", "cpu"}},
		{lifted(true, false, false), []string{"cpuset", "cpu"}},
		{lifted(false, true, false), []string{"memory", "cpu"}},
		{lifted(false, false, true), []string{"memory", "cpuset"}},
		{lifted(true, true, true), []string{"memory"}},
		{mems, []string{"memory", "cpuset", "cpu"}},
	}
	for _, test := range tests {
		if got := Names(test.res); !slices.Equal(got, test.want) {
			t.Errorf("Names(%+v) = %q, want %q", test.res, got, test.want)
		}
	}
}

// What a start without flags writes, in this order.
func TestDefaultSettings(t *testing.T) {
	tests := map[Version][]string{
		V1: {
			"memory.limit_in_bytes=268435456", "memory.memsw.limit_in_bytes=536870912",
			"cpuset.mems=", "cpuset.cpus=1", "cpu.shares=512",
		},
		V2: {"memory.max=268435456", "memory.swap.max=268435456", "cpuset.cpus=1", "cpu.weight=59"},
	}
	for version, want := range tests {
		if got := written(version, limits(256<<20, 512, 1)); !slices.Equal(got, want) {
			t.Errorf("v%d: %q, want %q", version, got, want)
		}
	}
}

// What each of the rare limits writes, on v1 and on v2.
func TestRareSettings(t *testing.T) {
	rate := func(access, unit string) []DeviceRate {
		return []DeviceRate{{Path: "/dev/sda", Device: "8:0", Access: access, Unit: unit, Rate: 9}}
	}
	memory := Limit[int64]{64 << 20, true}
	tests := []struct {
		res    *ResourceConfig
		v1, v2 string
	}{
		{&ResourceConfig{Memory: memory, MemorySwap: 100 << 20}, "memory.limit_in_bytes=67108864 memory.memsw.limit_in_bytes=104857600", "memory.max=67108864 memory.swap.max=37748736"},
		{&ResourceConfig{Memory: memory, MemorySwap: 64 << 20}, "memory.limit_in_bytes=67108864 memory.memsw.limit_in_bytes=67108864", "memory.max=67108864 memory.swap.max=0"},
		{&ResourceConfig{Memory: memory, MemorySwap: -1}, "memory.limit_in_bytes=67108864 memory.memsw.limit_in_bytes=-1", "memory.max=67108864 memory.swap.max=max"},
		{&ResourceConfig{MemorySwap: -1}, "memory.memsw.limit_in_bytes=-1", "memory.swap.max=max"},
		{&ResourceConfig{Memory: Limit[int64]{1<<63 - 2, true}}, "memory.limit_in_bytes=9223372036854775806 memory.memsw.limit_in_bytes=9223372036854775807", "memory.max=9223372036854775806 memory.swap.max=9223372036854775806"},
		{&ResourceConfig{MemoryReservation: 32 << 20}, "memory.soft_limit_in_bytes=33554432", "memory.low=33554432"},
		{&ResourceConfig{OOMGroup: true}, "memory.oom.group=1", "memory.oom.group=1"},
		{&ResourceConfig{CPUSetMems: utils.CPUList{0, 1}}, "cpuset.mems=0-1", "cpuset.mems=0-1"},
		{&ResourceConfig{CPUQuota: 50000, CPUPeriod: 20000}, "cpu.cfs_period_us=20000 cpu.cfs_quota_us=50000", "cpu.max=50000 20000"},
		{&ResourceConfig{CPUQuota: 50000}, "cpu.cfs_period_us=100000 cpu.cfs_quota_us=50000", "cpu.max=50000 100000"},
		{&ResourceConfig{CPUPeriod: 20000}, "cpu.cfs_period_us=20000", "cpu.max=max 20000"},
		{&ResourceConfig{PidsLimit: Limit[int64]{Value: 7, Asked: true}}, "pids.max=7", "pids.max=7"},
		{&ResourceConfig{BlkioWeight: 10}, "blkio.weight=10 | blkio.bfq.weight=10", "io.bfq.weight=10 | io.weight=1"},
		{&ResourceConfig{BlkioWeight: 1000}, "blkio.weight=1000 | blkio.bfq.weight=1000", "io.bfq.weight=1000 | io.weight=10000"},
		{&ResourceConfig{DeviceRates: rate("read", "bps")}, "blkio.throttle.read_bps_device=8:0 9", "io.max=8:0 rbps=9"},
		{&ResourceConfig{DeviceRates: rate("write", "bps")}, "blkio.throttle.write_bps_device=8:0 9", "io.max=8:0 wbps=9"},
		{&ResourceConfig{DeviceRates: rate("read", "iops")}, "blkio.throttle.read_iops_device=8:0 9", "io.max=8:0 riops=9"},
		{&ResourceConfig{DeviceRates: rate("write", "iops")}, "blkio.throttle.write_iops_device=8:0 9", "io.max=8:0 wiops=9"},
		{&ResourceConfig{Memory: memory, Conf: []Conf{{"memory.high", "1"}, {"cgroup.max.depth", "2"}, {"pids.max", "3"}}}, "", "memory.max=67108864 memory.swap.max=67108864 memory.high=1 pids.max=3 cgroup.max.depth=2"},
	}
	for _, test := range tests {
		for version, want := range map[Version]string{V1: test.v1, V2: test.v2} {
			list := slices.DeleteFunc(written(version, test.res), func(s string) bool { return strings.HasSuffix(s, "=") }) // from above
			got := strings.Join(list, " ")
			if version == V1 && len(test.res.Conf) > 0 {
				continue // refused there
			}
			if got != want {
				t.Errorf("v%d: %q, want %q", version, got, want)
			}
		}
		for _, name := range []string{MemoryName, CPUSetName, CPUName, PidsName, IOName, CoreName} {
			if test.res.Sets(name) && !test.res.Asked(name) {
				t.Errorf("%+v: what %s holds does not count as asked for", test.res, name)
			}
		}
	}
}

// A controller that no limit needs is not looked for.
func TestNamesOfRareLimits(t *testing.T) {
	tests := []struct {
		res  *ResourceConfig
		want []string
	}{
		{&ResourceConfig{PidsLimit: Limit[int64]{Value: 1, Asked: true}}, []string{"pids"}},
		{&ResourceConfig{BlkioWeight: 10}, []string{"io"}},
		{&ResourceConfig{DeviceRates: []DeviceRate{{Access: "read", Unit: "bps"}}, PidsLimit: Limit[int64]{Value: 1, Asked: true}}, []string{"pids", "io"}},
		{&ResourceConfig{CPUQuota: 1000, OOMGroup: true, CPUSetMems: utils.CPUList{0}, MemoryReservation: 1}, nil},
		{&ResourceConfig{Devices: []DeviceRule{{Type: 'c', Access: "r"}}}, []string{"devices"}},
		{&ResourceConfig{Conf: []Conf{{"cgroup.x", "1"}, {"memory.x", "1"}, {"misc.max", "1"}, {"misc.x", "1"}, {"pids.max", "1"}}}, []string{"pids", "cgroup", "misc"}},
	}
	for _, test := range tests {
		if got, want := Names(test.res), append([]string{"memory", "cpuset", "cpu"}, test.want...); !slices.Equal(got, want) {
			t.Errorf("Names(%+v) = %q, want %q", test.res, got, want)
		}
	}
	if got, want := AllNames(), []string{"cgroup", "cpuacct", "freezer", "memory", "cpuset", "cpu", "pids", "io", "devices"}; !slices.Equal(got, want) {
		t.Errorf("AllNames() = %q, want %q", got, want)
	}
}

// Where the kernel lacks a file: another is written, or nothing is lost, or the
// error tells what it would take.
func TestSetWithoutTheFile(t *testing.T) {
	weight := &ResourceConfig{BlkioWeight: 1000}
	h := fakeHierarchy(t, V2, map[string]string{"c/io.weight": ""})
	var seen observed
	if err := New(IOName, h, seen.observe).Set("/c", weight); err != nil || !slices.Equal(seen, []string{"io io.weight 10000"}) {
		t.Errorf("Set() = %v, observed %q", err, seen)
	}
	expect(t, h, map[string]string{"c/io.weight": "10000"})

	swapless := fakeHierarchy(t, V2, map[string]string{"c/memory.max": ""})
	tests := []struct {
		res     *ResourceConfig
		h       *Hierarchy
		name    string
		without string // of the error, or empty
	}{
		{weight, fakeHierarchy(t, V2, nil), IOName, "the I/O scheduler BFQ, or CONFIG_BLK_CGROUP_IOCOST"},
		{weight, fakeHierarchy(t, V1, nil), IOName, "the I/O scheduler BFQ"},
		{limits(64<<20, 0), swapless, MemoryName, ""},
		{&ResourceConfig{MemorySwap: UnlimitedSwap}, swapless, MemoryName, ""},
		{&ResourceConfig{Memory: Limit[int64]{8 << 20, true}, MemorySwap: 8 << 20}, swapless, MemoryName, "a kernel that counts swap: CONFIG_SWAP, and swapaccount=1 on the command line of an older one"},
		{&ResourceConfig{OOMGroup: true}, swapless, MemoryName, "Linux 4.19"},
		{&ResourceConfig{CPUQuota: 5000}, swapless, CPUName, "CONFIG_CFS_BANDWIDTH"},
	}
	for _, test := range tests {
		err := New(test.name, test.h, ignored).Set("/c", test.res)
		var needs *NeedsError
		if errors.As(err, &needs) != (test.without != "") || needs != nil && needs.Needs != test.without {
			t.Errorf("%+v: Set() = %v, want it to need %q", test.res, err, test.without)
		}
		if test.without == "" && err != nil || test.without != "" && !errors.Is(err, unix.ENOENT) {
			t.Errorf("%+v: Set() = %v", test.res, err)
		}
	}
}

func TestFindDevices(t *testing.T) {
	tests := map[string]string{
		"/dev/null":           "/dev/null is not a block device",
		"/dev/no-such-device": "stat /dev/no-such-device: no such file or directory",
	}
	for path, want := range tests {
		res := &ResourceConfig{DeviceRates: []DeviceRate{{Path: path}}}
		if err := res.FindDevices(); err == nil || err.Error() != want {
			t.Errorf("FindDevices() = %v, want %s", err, want)
		}
	}
}

// written lists the settings of res as "file=value".
func written(version Version, res *ResourceConfig) []string {
	var list []string
	for _, name := range Names(res) {
		for _, s := range res.Settings(name, version) {
			text := s.File + "=" + s.Value
			if s.Else != nil {
				text += " | " + s.Else.File + "=" + s.Else.Value
			}
			list = append(list, text)
		}
	}
	return list
}

// A learner reads Why: one sentence for each file.
func TestSettingsSayWhy(t *testing.T) {
	for _, version := range []Version{V1, V2} {
		res := limits(64<<20, 512, 1)
		res.MemoryReservation, res.OOMGroup, res.CPUQuota, res.PidsLimit.Value, res.BlkioWeight = 1, true, 1000, 1, 10
		res.CPUSetMems, res.DeviceRates, res.Conf = utils.CPUList{0}, []DeviceRate{{Access: "read", Unit: "bps"}}, []Conf{{"misc.max", "1"}}
		for _, name := range Names(res) {
			for _, s := range res.Settings(name, version) {
				if !strings.HasSuffix(s.Why, ".") || strings.Contains(s.Why, ". ") {
					t.Errorf("v%d %s: %q is not one sentence", version, s.File, s.Why)
				}
			}
		}
	}
}

func TestNothingIsSet(t *testing.T) {
	for _, name := range append(Names(&ResourceConfig{}), "pids", "") {
		res := ResourceConfig{}
		if res.Sets(name) || res.Asked(name) {
			t.Errorf("the zero value sets %q", name)
		}
		// "-m 0" asks for no limit, which every host can give.
		res.Memory.Asked, res.CPUs.Asked, res.CPUShares.Asked = true, true, true
		if res.Sets(name) || res.Asked(name) {
			t.Errorf("asking for no limit sets %q", name)
		}
	}
}

func TestResourcesSetsAskedDrop(t *testing.T) {
	full := func(asked bool) ResourceConfig {
		return ResourceConfig{
			Memory:    Limit[int64]{64 << 20, asked},
			CPUs:      Limit[utils.CPUList]{utils.CPUList{1}, asked},
			CPUShares: Limit[uint64]{512, asked},
		}
	}
	for _, asked := range []bool{false, true} {
		for _, dropped := range Names(&ResourceConfig{}) {
			res := full(asked)
			res.Drop(dropped)
			for _, name := range Names(&ResourceConfig{}) {
				if got, want := res.Sets(name), name != dropped; got != want {
					t.Errorf("Sets(%q) = %v after Drop(%q)", name, got, dropped)
				}
				if got, want := res.Asked(name), asked && name != dropped; got != want {
					t.Errorf("Asked(%q) = %v after Drop(%q), asked %v", name, got, dropped, asked)
				}
			}
		}
	}
}
