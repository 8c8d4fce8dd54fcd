package subsystems

import (
	"slices"
	"strings"
	"testing"

	"mydocker/utils"
)

// Every container has a cgroup of these, limits or not; others only if needed.
func TestNames(t *testing.T) {
	for _, res := range []*ResourceConfig{{}, limits(64<<20, 512, 1)} {
		if got, want := Names(res), []string{"memory", "cpuset", "cpu"}; !slices.Equal(got, want) {
			t.Errorf("Names() = %q, want %q", got, want)
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

// written lists the settings of res as "file=value".
func written(version Version, res *ResourceConfig) []string {
	var list []string
	for _, name := range Names(res) {
		for _, s := range res.Settings(name, version) {
			list = append(list, s.File+"="+s.Value)
		}
	}
	return list
}

// A learner reads Why: one sentence for each file.
func TestSettingsSayWhy(t *testing.T) {
	for _, version := range []Version{V1, V2} {
		res := limits(64<<20, 512, 1)
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
