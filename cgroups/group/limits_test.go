package group

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/mydocker/mydocker/cgroups/subsystems"
)

// planned lists what Set would write: "FILE=VALUE, FILE=VALUE|FILE=VALUE where the first is not there".
func planned(t *testing.T, g *Group, resources string) string {
	t.Helper()
	var r specs.LinuxResources
	if err := json.Unmarshal([]byte(resources), &r); err != nil {
		t.Fatal(err)
	}
	limits, err := g.limits(&r)
	if err != nil {
		return err.Error()
	}
	var all []string
	for _, l := range limits {
		for _, s := range l.settings {
			text := s.File + "=" + s.Value
			for other := s.Else; other != nil; other = other.Else {
				text += "|" + other.File + "=" + other.Value
			}
			if s.Optional {
				text += "?"
			}
			all = append(all, text)
		}
	}
	return strings.Join(all, ", ")
}

func TestLimits(t *testing.T) {
	v1Dirs := map[string]string{}
	for _, name := range []string{"memory", "cpu", "cpuset", "pids", "blkio", "hugetlb", "net_cls", "net_prio", "rdma"} {
		v1Dirs[name] = "/x"
	}
	v1 := Open(v1Dirs)
	v2 := Open(map[string]string{"": writeFiles(t, map[string]string{"memory.max": "1000\n", "memory.current": "500\n", "memory.peak": "600\n", "cpu.max": "5000 100000\n"})})
	for _, test := range []struct{ resources, v1, v2 string }{
		{`{}`, "", ""},
		{`{"memory": {}, "cpu": {}, "pids": {}, "blockIO": {}, "network": {}, "rdma": {}, "hugepageLimits": [], "unified": {}}`, "", ""},
		// What dockerd says of what was not asked for.
		{
			`{"memory": {"limit": 0, "reservation": 0, "kernel": 0, "kernelTCP": 0, "swap": 0, "disableOOMKiller": false},
			  "cpu": {"shares": 0, "quota": 0, "period": 0, "realtimeRuntime": 0, "realtimePeriod": 0, "cpus": "", "mems": ""},
			  "blockIO": {"weight": 0, "leafWeight": 0}, "network": {"classID": 0}}`,
			"memory.oom_control=0", "",
		},
		{`{"memory": {"limit": 600}}`, "memory.limit_in_bytes=600", "memory.max=600"},
		{`{"memory": {"limit": -1}}`, "memory.limit_in_bytes=-1, memory.memsw.limit_in_bytes=-1?", "memory.max=max, memory.swap.max=max?"},
		{`{"memory": {"limit": 600, "swap": 900}}`, "memory.limit_in_bytes=600, memory.memsw.limit_in_bytes=900", "memory.max=600, memory.swap.max=300"},
		{`{"memory": {"limit": 600, "swap": 600}}`, "memory.limit_in_bytes=600, memory.memsw.limit_in_bytes=600", "memory.max=600, memory.swap.max=0"},
		{`{"memory": {"limit": 600, "swap": -1}}`, "memory.limit_in_bytes=600, memory.memsw.limit_in_bytes=-1?", "memory.max=600, memory.swap.max=max?"},
		{`{"memory": {"swap": 1500}}`, "memory.memsw.limit_in_bytes=1500", "memory.swap.max=500"},
		{
			`{"memory": {"swap": 900}}`, "memory.memsw.limit_in_bytes=900",
			"resources.memory.swap of 900 is invalid: it is memory and swap together, and memory alone is 1000",
		},
		{
			`{"memory": {"limit": -1, "swap": 900}}`, "memory.limit_in_bytes=-1, memory.memsw.limit_in_bytes=900",
			"resources.memory.swap of 900 is invalid: it is memory and swap together, and memory has no limit",
		},
		{
			`{"memory": {"limit": 600, "swap": 500}}`, "resources.memory.swap of 500 is invalid: it is memory and swap together, and memory.limit alone is 600",
			"resources.memory.swap of 500 is invalid: it is memory and swap together, and memory.limit alone is 600",
		},
		{
			`{"memory": {"limit": -2}}`, "resources.memory.limit of -2 is invalid: only -1, for no limit, is less than 0",
			"resources.memory.limit of -2 is invalid: only -1, for no limit, is less than 0",
		},
		{`{"memory": {"reservation": 300}}`, "memory.soft_limit_in_bytes=300", "memory.low=300"},
		{`{"memory": {"reservation": -1}}`, "memory.soft_limit_in_bytes=-1", "memory.low=max"},
		{
			`{"memory": {"kernel": 300}}`, "resources.memory.kernel of 300 is invalid: Linux has no such limit any more (5.16), kernel memory is part of memory.limit",
			"resources.memory.kernel of 300 is invalid: Linux has no such limit any more (5.16), kernel memory is part of memory.limit",
		},
		{`{"memory": {"kernel": -1, "kernelTCP": -1}}`, "memory.kmem.tcp.limit_in_bytes=-1?", ""},
		{`{"memory": {"kernelTCP": 300}}`, "memory.kmem.tcp.limit_in_bytes=300", "resources.memory.kernelTCP cannot be had on cgroup v2: what TCP takes is part of memory.limit"},
		{`{"memory": {"swappiness": 0}}`, "memory.swappiness=0", "resources.memory.swappiness cannot be had on cgroup v2: only the whole host has one (vm.swappiness)"},
		{
			`{"memory": {"swappiness": 101}}`, "resources.memory.swappiness of 101 is invalid: it is 0 to 100",
			"resources.memory.swappiness cannot be had on cgroup v2: only the whole host has one (vm.swappiness)",
		},
		{`{"memory": {"disableOOMKiller": true}}`, "memory.oom_control=1", "resources.memory.disableOOMKiller cannot be had on cgroup v2: the kernel has no way to do that"},
		{`{"memory": {"useHierarchy": true}}`, "memory.use_hierarchy=1", ""},
		{`{"memory": {"useHierarchy": false}}`, "memory.use_hierarchy=0", "resources.memory.useHierarchy=false cannot be had on cgroup v2: all accounting is hierarchical"},
		{`{"memory": {"limit": 400, "checkBeforeUpdate": true}}`, "memory.limit_in_bytes=400", "unable to set memory limit to 400 (current usage: 500, peak usage: 600)"},
		{`{"memory": {"limit": 500, "checkBeforeUpdate": true}}`, "memory.limit_in_bytes=500", "memory.max=500"},
		{`{"cpu": {"shares": 1024}}`, "cpu.shares=1024", "cpu.weight=100"},
		{`{"cpu": {"shares": 2}}`, "cpu.shares=2", "cpu.weight=1"},
		{`{"cpu": {"shares": 1}}`, "the minimum allowed cpu-shares is 2", "cpu.weight=1"},
		{`{"cpu": {"shares": 18446744073709551615}}`, "the maximum allowed cpu-shares is 262144", "cpu.weight=10000"},
		{`{"cpu": {"quota": 50000}}`, "cpu.cfs_quota_us=50000", "cpu.max=50000"},
		{`{"cpu": {"quota": -1}}`, "cpu.cfs_quota_us=-1", "cpu.max=max"},
		{`{"cpu": {"quota": 50000, "period": 200000}}`, "cpu.cfs_period_us=200000, cpu.cfs_quota_us=50000", "cpu.max=50000 200000"},
		{`{"cpu": {"period": 200000}}`, "cpu.cfs_period_us=200000", "cpu.max=5000 200000"},
		{`{"cpu": {"quota": 5000, "burst": 5000}}`, "cpu.cfs_quota_us=5000, cpu.cfs_burst_us=5000", "cpu.max=5000, cpu.max.burst=5000"},
		{`{"cpu": {"burst": 0}}`, "cpu.cfs_burst_us=0?", "cpu.max.burst=0?"},
		{
			`{"cpu": {"quota": 5000, "burst": 5001}}`, "resources.cpu.burst of 5001 is invalid: it can be no more than cpu.quota, 5000",
			"resources.cpu.burst of 5001 is invalid: it can be no more than cpu.quota, 5000",
		},
		{`{"cpu": {"quota": -2}}`, "resources.cpu.quota of -2 is invalid: only -1, for no limit, is less than 0", "resources.cpu.quota of -2 is invalid: only -1, for no limit, is less than 0"},
		{
			`{"cpu": {"realtimeRuntime": 95000, "realtimePeriod": 100000}}`, "cpu.rt_period_us=100000, cpu.rt_runtime_us=95000",
			"resources.cpu.realtime... cannot be had on cgroup v2: the kernel gives no real-time budget to cgroups there",
		},
		{`{"cpu": {"idle": 1, "shares": 2}}`, "cpu.shares=2, cpu.idle=1", "cpu.weight=1, cpu.idle=1"},
		{`{"cpu": {"idle": 2}}`, "resources.cpu.idle of 2 is invalid: it is 0 or 1", "resources.cpu.idle of 2 is invalid: it is 0 or 1"},
		{`{"cpu": {"cpus": "0-1,3", "mems": "0"}}`, "cpuset.cpus=0-1,3, cpuset.mems=0", "cpuset.cpus=0-1,3, cpuset.mems=0"},
		{
			`{"cpu": {"cpus": "0;1"}}`, `resources.cpu.cpus of "0;1" is invalid: "0;1" is not a CPU number (0 to 8191)`,
			`resources.cpu.cpus of "0;1" is invalid: "0;1" is not a CPU number (0 to 8191)`,
		},
		{`{"pids": {"limit": 20}}`, "pids.max=20", "pids.max=20"},
		{`{"pids": {"limit": -1}}`, "pids.max=max", "pids.max=max"},
		{`{"pids": {"limit": 0}}`, "pids.max=1", "pids.max=1"},
		{`{"blockIO": {"weight": 1000}}`, "blkio.weight=1000|blkio.bfq.weight=1000", "io.bfq.weight=1000|io.weight=10000"},
		{`{"blockIO": {"weight": 9}}`, "resources.blockIO weight of 9 is invalid: it is 10 to 1000", "resources.blockIO weight of 9 is invalid: it is 10 to 1000"},
		{`{"blockIO": {"leafWeight": 10}}`, "blkio.leaf_weight=10", "resources.blockIO leafWeight cannot be had on cgroup v2: processes do not compete with cgroups beside them"},
		{
			`{"blockIO": {"weightDevice": [{"major": 8, "minor": 16, "weight": 10}]}}`,
			"blkio.weight_device=8:16 10|blkio.bfq.weight_device=8:16 10", "io.bfq.weight=8:16 10|io.weight=8:16 1",
		},
		{
			`{"blockIO": {"weightDevice": [{"major": 8, "minor": 16, "leafWeight": 10}]}}`, "blkio.leaf_weight_device=8:16 10",
			"resources.blockIO leafWeight cannot be had on cgroup v2: processes do not compete with cgroups beside them",
		},
		{
			`{"blockIO": {"throttleReadBpsDevice": [{"major": 8, "minor": 0, "rate": 1}], "throttleWriteBpsDevice": [{"major": 8, "minor": 0, "rate": 2}],
			  "throttleReadIOPSDevice": [{"major": 8, "minor": 0, "rate": 3}], "throttleWriteIOPSDevice": [{"major": 8, "minor": 0, "rate": 0}]}}`,
			"blkio.throttle.read_bps_device=8:0 1, blkio.throttle.write_bps_device=8:0 2, blkio.throttle.read_iops_device=8:0 3, blkio.throttle.write_iops_device=8:0 0",
			"io.max=8:0 rbps=1, io.max=8:0 wbps=2, io.max=8:0 riops=3, io.max=8:0 wiops=max",
		},
		{
			`{"hugepageLimits": [{"pageSize": "2MB", "limit": 209715200}]}`,
			"hugetlb.2MB.limit_in_bytes=209715200, hugetlb.2MB.rsvd.limit_in_bytes=209715200?", "hugetlb.2MB.max=209715200, hugetlb.2MB.rsvd.max=209715200?",
		},
		{
			`{"hugepageLimits": [{"pageSize": "../2MB", "limit": 1}]}`, `resources.hugepageLimits.pageSize of "../2MB" is invalid: it is a number and KB, MB or GB`,
			`resources.hugepageLimits.pageSize of "../2MB" is invalid: it is a number and KB, MB or GB`,
		},
		{`{"network": {"classID": 1048577}}`, "net_cls.classid=1048577", "resources.network.classID needs the controller net_cls of cgroup v1, which is not mounted"},
		{
			`{"network": {"priorities": [{"name": "eth0", "priority": 500}, {"name": "lo", "priority": 0}]}}`, "net_prio.ifpriomap=eth0 500, net_prio.ifpriomap=lo 0",
			"resources.network.priorities needs the controller net_prio of cgroup v1, which is not mounted",
		},
		{
			`{"rdma": {"b": {"hcaObjects": 10000}, "a": {"hcaHandles": 3, "hcaObjects": 0}}}`, "rdma.max=a hca_handle=3 hca_object=0, rdma.max=b hca_object=10000",
			"rdma.max=a hca_handle=3 hca_object=0, rdma.max=b hca_object=10000",
		},
		{`{"rdma": {"a": {}}}`, `resources.rdma of "a" is invalid: it has neither hcaHandles nor hcaObjects`, `resources.rdma of "a" is invalid: it has neither hcaHandles nor hcaObjects`},
		{
			`{"unified": {"memory.high": "100", "io.max": "8:0 rbps=1\n8:16 rbps=2"}}`, `resources.unified["io.max"]: invalid configuration: cannot use unified on cgroup v1`,
			"io.max=8:0 rbps=1, io.max=8:16 rbps=2, memory.high=100",
		},
		{`{"unified": {"cpuset.cpus": ""}}`, `resources.unified["cpuset.cpus"]: invalid configuration: cannot use unified on cgroup v1`, "cpuset.cpus=\n"},
		{`{"unified": {"cgroup.max.depth": "1"}}`, `resources.unified["cgroup.max.depth"]: invalid configuration: cannot use unified on cgroup v1`, "cgroup.max.depth=1"},
	} {
		if got := planned(t, v1, test.resources); got != test.v1 {
			t.Errorf("v1 %s:\n%s, want\n%s", test.resources, got, test.v1)
		}
		if got := planned(t, v2, test.resources); got != test.v2 {
			t.Errorf("v2 %s:\n%s, want\n%s", test.resources, got, test.v2)
		}
	}
}

// What would move, kill or freeze processes, the host's among them, is no limit.
func TestUnifiedRefused(t *testing.T) {
	g := Open(map[string]string{"": "/x"})
	for _, file := range []string{
		"cgroup.procs", "cgroup.threads", "cgroup.kill", "cgroup.freeze", "cgroup.type", "cgroup.subtree_control", "../memory.max", "memory/x.max", "memory", ".max", "memory.", "",
		"memory.max\x00x", "/etc/passwd",
	} {
		_, err := g.unified(map[string]string{file: "1"})
		if err == nil {
			t.Errorf("%q is taken", file)
		}
	}
	mixed := Open(map[string]string{"": "/x", "memory": "/y"})
	if _, err := mixed.unified(map[string]string{"memory.max": "1"}); err == nil || !strings.Contains(err.Error(), "cannot use unified on cgroup v1, where this host has the controller memory") {
		t.Error(err)
	}
	if all, err := mixed.unified(map[string]string{"pids.max": "1"}); err != nil || len(all) != 1 {
		t.Error(all, err)
	}
	if _, err := Open(nil).unified(map[string]string{"pids.max": "1"}); err == nil || !strings.Contains(err.Error(), "container could not join or create cgroup") {
		t.Error(err)
	}
}

func TestNoCgroup(t *testing.T) {
	if got := planned(t, Open(nil), `{"pids": {"limit": 3}}`); got != "cannot set pids limit: container could not join or create cgroup" {
		t.Error(got)
	}
	if got := planned(t, Open(nil), `{"network": {"classID": 1}}`); !strings.Contains(got, "net_cls") {
		t.Error(got)
	}
}

func TestIsPageSize(t *testing.T) {
	for s, want := range map[string]bool{
		"2MB": true, "64KB": true, "1GB": true, "16GB": true, "": false, "MB": false, "0MB": false, "2TB": false, "2mb": false, "2": false, "+2MB": false, "2 MB": false, "2/MB": false, "1048576B": false,
	} {
		if got := isPageSize(s); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
}

// The kernel refuses values in one order that it takes in another: whatever was there before and comes after is reached.
func TestOrderOfWrites(t *testing.T) {
	g := newGroup(t)
	sets := []string{
		`{"memory": {"limit": 33554432, "swap": 67108864}, "cpu": {"quota": 5000, "period": 10000, "burst": 5000}}`,
		`{"memory": {"limit": 134217728, "swap": 268435456}, "cpu": {"quota": 500000, "period": 1000000, "burst": 400000}}`,
		`{"memory": {"limit": 16777216, "swap": 16777216}, "cpu": {"quota": 2000, "period": 5000, "burst": 1000}}`,
		`{"memory": {"limit": -1}, "cpu": {"quota": -1, "burst": 0}}`,
		`{"cpu": {"idle": 1}}`,
		`{"cpu": {"idle": 0, "shares": 300}}`,
	}
	for _, from := range sets {
		for _, to := range sets {
			for _, text := range []string{from, to} {
				var r specs.LinuxResources
				if err := json.Unmarshal([]byte(text), &r); err != nil {
					t.Fatal(err)
				}
				if r.CPU != nil && r.CPU.Idle == nil {
					r.CPU.Idle = pointer[int64](0)
				}
				if err := g.Set(&r); err != nil {
					t.Fatalf("%s after %s: %v", to, from, err)
				}
			}
		}
	}
}

// The limits that this machine can give, as its kernel has them.
func TestLimitsHold(t *testing.T) {
	g := newGroup(t)
	for _, test := range []struct {
		resources, controller string
		v1, v2                string // "FILE VALUE"
	}{
		{`{"memory": {"limit": 67108864}}`, "memory", "memory.limit_in_bytes 67108864", "memory.max 67108864"},
		{`{"memory": {"reservation": 33554432}}`, "memory", "memory.soft_limit_in_bytes 33554432", "memory.low 33554432"},
		{`{"cpu": {"shares": 512}}`, "cpu", "cpu.shares 512", "cpu.weight 59"},
		{`{"cpu": {"quota": 50000}}`, "cpu", "cpu.cfs_quota_us 50000", "cpu.max 50000 100000"},
		{`{"cpu": {"period": 200000}}`, "cpu", "cpu.cfs_period_us 200000", "cpu.max 50000 200000"},
		{`{"cpu": {"quota": -1}}`, "cpu", "cpu.cfs_quota_us -1", "cpu.max max 200000"},
		{`{"cpu": {"cpus": "0"}}`, "cpuset", "cpuset.cpus 0", "cpuset.cpus 0"},
		{`{"pids": {"limit": 33}}`, "pids", "pids.max 33", "pids.max 33"},
		{`{"pids": {"limit": -1}}`, "pids", "pids.max max", "pids.max max"},
		{`{"memory": {"limit": 0}, "cpu": {"shares": 0}, "blockIO": {"weight": 0}}`, "memory", "memory.limit_in_bytes 67108864", "memory.max 67108864"},
	} {
		var r specs.LinuxResources
		if err := json.Unmarshal([]byte(test.resources), &r); err != nil {
			t.Fatal(err)
		}
		if err := g.Set(&r); err != nil {
			t.Errorf("%s: %v", test.resources, err)
			continue
		}
		target := g.target(test.controller)
		want := test.v1
		if target.version == subsystems.V2 {
			want = test.v2
		}
		file, value, _ := strings.Cut(want, " ")
		if got, err := target.read(file); got != value || err != nil {
			t.Errorf("%s: %s is %q, want %q (%v)", test.resources, file, got, value, err)
		}
	}
}

// A limit below what is in use is refused with the text that others match, and changes nothing.
func TestMemoryInUse(t *testing.T) {
	g := newGroup(t)
	if err := g.Set(&specs.LinuxResources{Memory: &specs.LinuxMemory{Limit: pointer[int64](64 << 20), Swap: pointer[int64](64 << 20)}}); err != nil {
		t.Fatal(err)
	}
	ready := start(t, g, `x=$(head -c 20000000 /dev/zero | tr '\0' x); echo; read end`)
	defer ready()
	memory := g.target("memory")
	for usage := uint64(0); usage <= 16<<20; time.Sleep(time.Millisecond) {
		usage = (&figures{target: memory}).number("memory.usage_in_bytes") + (&figures{target: memory}).number("memory.current")
	}
	err := g.Set(&specs.LinuxResources{Memory: &specs.LinuxMemory{Limit: pointer[int64](8192), CheckBeforeUpdate: pointer(true)}})
	if err == nil || !strings.HasPrefix(err.Error(), "unable to set memory limit to 8192 (current usage: ") || !strings.Contains(err.Error(), ", peak usage: ") {
		t.Error(err)
	}
}
