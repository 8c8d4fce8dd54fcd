package group

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/mydocker/mydocker/cgroups/subsystems"
)

// write makes the files of a directory that stands for a cgroup.
func writeFiles(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestStatsV1(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"cpu.stat":     "nr_periods 5\nnr_throttled 2\nthrottled_time 900\n",
		"cpuacct.stat": "user 3\nsystem 4\n", "cpuacct.usage": "71000000\n", "cpuacct.usage_percpu": "70000000 1000000 \n",
		"cpuacct.usage_all": "cpu user system\n0 30000000 40000000\n1 0 1000000\n",
		"cpuset.cpus":       "0-1\n", "cpuset.mems": "0\n",
		"memory.stat": "cache 4096\nrss 8192\n", "memory.limit_in_bytes": "1000\n", "memory.usage_in_bytes": "12\n",
		"memory.max_usage_in_bytes": "34\n", "memory.failcnt": "5\n", "memory.memsw.limit_in_bytes": "2000\n",
		"memory.kmem.usage_in_bytes": "6\n", "pids.current": "3\n", "pids.max": "max\n",
		"blkio.throttle.io_service_bytes_recursive": "8:0 Read 1\n8:0 Write 2\n8:0 Total 3\nTotal 3\n",
		"blkio.bfq.io_serviced_recursive":           "Total 0\n",
		"blkio.throttle.io_serviced_recursive":      "8:0 Read 7\nTotal 7\n",
		"blkio.time_recursive":                      "8:16 99\n",
		"hugetlb.2MB.usage_in_bytes":                "1\n", "hugetlb.2MB.rsvd.usage_in_bytes": "2\n", "hugetlb.2MB.rsvd.max_usage_in_bytes": "4\n", "hugetlb.2MB.rsvd.failcnt": "8\n",
		"rdma.current": "mlx4_0 hca_handle=1 hca_object=20\n", "rdma.max": "mlx4_0 hca_handle=2 hca_object=max\n",
	})
	dirs := map[string]string{}
	for _, name := range []string{"cpu", "cpuacct", "cpuset", "memory", "pids", "blkio", "hugetlb", "rdma"} {
		dirs[name] = dir
	}
	got, err := Open(dirs).Stats()
	if err != nil {
		t.Fatal(err)
	}
	want := &Stats{
		CPU: CPUStats{
			Usage: CPUUsage{
				Total: 71000000, PerCPU: []uint64{70000000, 1000000}, PerCPUUser: []uint64{30000000, 0}, PerCPUKernel: []uint64{40000000, 1000000},
				User: 30000000, Kernel: 40000000,
			},
			Throttling: Throttling{5, 2, 900},
		},
		CPUSet: CPUSetStats{[]int{0, 1}, []int{0}},
		Memory: MemoryStats{
			Cache: 4096, Usage: MemoryEntry{1000, 12, 34, 5}, Swap: MemoryEntry{Limit: 2000}, Kernel: MemoryEntry{Usage: 6},
			Raw: map[string]uint64{"cache": 4096, "rss": 8192},
		},
		Pids: PidsStats{Current: 3},
		IO: IOStats{
			Bytes: []IOEntry{{8, 0, "Read", 1}, {8, 0, "Write", 2}, {8, 0, "Total", 3}}, Operations: []IOEntry{{8, 0, "Read", 7}}, Time: []IOEntry{{8, 16, "", 99}},
		},
		Hugetlb: map[string]HugetlbStats{"2MB": {2, 4, 8}},
		RDMA:    map[string]RDMAStats{"mlx4_0": {1, 20, 2, noLimit}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
}

func TestUsed(t *testing.T) {
	v1 := writeFiles(t, map[string]string{
		"cpuacct.usage": "71000000\n", "memory.max_usage_in_bytes": "34\n", "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n", "pids.peak": "3\n",
	})
	v2 := writeFiles(t, map[string]string{
		"cpu.stat": "usage_usec 71\nuser_usec 30\n", "memory.peak": "34\n", "memory.events": "max 5\noom_kill 0\n", "pids.peak": "3\n",
	})
	for _, test := range []struct {
		dirs map[string]string
		want string
	}{
		{map[string]string{"cpuacct": v1, "memory": v1, "pids": v1}, `{"CPU":71000,"PeakMemory":34,"PeakPids":3,"OOMKills":2}`},
		{map[string]string{"": v2}, `{"CPU":71,"PeakMemory":34,"PeakPids":3,"OOMKills":0}`},
		{map[string]string{"memory": v1, "": v2}, `{"CPU":71,"PeakMemory":34,"PeakPids":3,"OOMKills":2}`},
		{map[string]string{"": t.TempDir()}, `{"CPU":null,"PeakMemory":null,"PeakPids":null,"OOMKills":null}`}, // it has just ended
		{nil, `{"CPU":null,"PeakMemory":null,"PeakPids":null,"OOMKills":null}`},
	} {
		used, err := Open(test.dirs).Used()
		got, marshalErr := json.Marshal(used)
		if err != nil || marshalErr != nil || string(got) != test.want {
			t.Errorf("%v: %s, %v, %v", test.dirs, got, err, marshalErr)
		}
	}
}

func TestStatsV2(t *testing.T) {
	const pressure = "some avg10=1.50 avg60=0.00 avg300=0.00 total=7\nfull avg10=0.25 avg60=0.00 avg300=0.00 total=3\n"
	dir := writeFiles(t, map[string]string{
		"cpu.stat":              "usage_usec 71\nuser_usec 30\nsystem_usec 41\nnr_periods 5\nnr_throttled 2\nthrottled_usec 9\n",
		"cpuset.cpus.effective": "1,3\n", "cpu.pressure": pressure,
		"memory.stat": "file 4096\nanon 8192\nkernel 6\nsock 7\n", "memory.max": "1000\n", "memory.current": "12\n", "memory.peak": "34\n",
		"memory.events": "low 0\nmax 5\noom_kill 1\n", "memory.swap.current": "3\n", "memory.swap.max": "max\n",
		"pids.current": "3\n", "pids.max": "20\n",
		"io.stat":             "254:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n8:0 \n",
		"hugetlb.1GB.current": "1\n", "hugetlb.1GB.events": "max 2\n",
	})
	got, err := Open(map[string]string{"": dir}).Stats()
	if err != nil {
		t.Fatal(err)
	}
	want := &Stats{
		CPU: CPUStats{
			Usage: CPUUsage{Total: 71000, User: 30000, Kernel: 41000}, Throttling: Throttling{5, 2, 9000},
			Pressure: &Pressure{PressureLine{1.5, 0, 0, 7}, PressureLine{0.25, 0, 0, 3}},
		},
		CPUSet: CPUSetStats{CPUs: []int{1, 3}},
		Memory: MemoryStats{
			Cache: 4096, Usage: MemoryEntry{1000, 12, 34, 5}, Swap: MemoryEntry{Limit: noLimit, Usage: 15}, Kernel: MemoryEntry{Usage: 6}, KernelTCP: MemoryEntry{Usage: 7},
			Raw:    map[string]uint64{"file": 4096, "anon": 8192, "kernel": 6, "sock": 7},
			Events: map[string]uint64{"low": 0, "max": 5, "oom_kill": 1},
		},
		Pids: PidsStats{3, 20},
		IO: IOStats{
			Bytes: []IOEntry{{254, 0, "Read", 1}, {254, 0, "Write", 2}, {254, 0, "Discard", 5}}, Operations: []IOEntry{{254, 0, "Read", 3}, {254, 0, "Write", 4}, {254, 0, "Discard", 6}},
		},
		Hugetlb: map[string]HugetlbStats{"1GB": {1, 0, 2}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
}

func TestStatsOfNothing(t *testing.T) {
	for _, dirs := range []map[string]string{nil, {"": t.TempDir()}, {"memory": t.TempDir(), "cpu": filepath.Join(t.TempDir(), "gone")}} {
		if s, err := Open(dirs).Stats(); err != nil || s.Memory.Usage.Usage != 0 {
			t.Errorf("%v: %+v, %v", dirs, s, err)
		}
	}
	dir := writeFiles(t, map[string]string{"pids.current": "many\n"})
	if _, err := Open(map[string]string{"pids": dir}).Stats(); err == nil || !strings.Contains(err.Error(), `pids.current: not a number: "many"`) {
		t.Error(err)
	}
}

// The figures of a real container, in the form that readers of runc's know.
func TestStatsHold(t *testing.T) {
	g := newGroup(t)
	if err := g.Set(&specs.LinuxResources{Pids: &specs.LinuxPids{Limit: pointer[int64](7)}}); err != nil {
		t.Fatal(err)
	}
	stop := start(t, g, "n=0; while test $n -lt 20000; do n=$((n+1)); done; echo; read end; :")
	s, err := g.Stats()
	if err != nil {
		t.Fatal(err)
	}
	if s.Pids != (PidsStats{1, 7}) {
		t.Errorf("%+v", s)
	}
	stop()
	if after, err := g.Stats(); err != nil || after.CPU.Usage.Total == 0 || after.Pids.Current != 0 {
		t.Errorf("%+v, %v", after, err)
	}
	if _, dir := g.controller("memory"); dir != "" && (len(s.Memory.Raw) == 0 || s.Memory.Usage.Limit == 0) {
		t.Errorf("%+v", s.Memory)
	}
	content, err := json.Marshal(s)
	if err != nil || !strings.Contains(string(content), `"pids":{"current":1,"limit":7}`) {
		t.Errorf("%s, %v", content, err)
	}
}

func FuzzFigures(f *testing.F) {
	f.Add("8:0 Read 1\nTotal 3\n")
	f.Add("254:0 rbytes=1 wbytes=2 rios=3\n")
	f.Add("some avg10=1.50 avg60=0.00 avg300=0.00 total=7\nfull avg10=0.25\n")
	f.Add("mlx4_0 hca_handle=1 hca_object=max\n")
	files := []string{
		"cpu.stat", "cpuacct.stat", "cpuacct.usage", "cpuacct.usage_all", "cpuacct.usage_percpu", "cpuset.cpus.effective", "cpu.pressure",
		"memory.stat", "memory.events", "memory.max", "memory.swap.current", "memory.limit_in_bytes", "pids.current", "pids.max", "io.stat",
		"blkio.throttle.io_serviced_recursive", "hugetlb.2MB.current", "hugetlb.2MB.events", "rdma.current", "rdma.max",
	}
	f.Fuzz(func(t *testing.T, content string) {
		dir := t.TempDir()
		for _, name := range files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		for _, version := range []subsystems.Version{subsystems.V1, subsystems.V2} {
			dirs := map[string]string{"": dir}
			if version == subsystems.V1 {
				dirs = map[string]string{"cpu": dir, "cpuacct": dir, "cpuset": dir, "memory": dir, "pids": dir, "blkio": dir, "hugetlb": dir, "rdma": dir}
			}
			if s, err := Open(dirs).Stats(); s == nil && err == nil {
				t.Error("nothing")
			}
		}
	})
}
