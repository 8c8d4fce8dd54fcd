package subsystems

import (
	"reflect"
	"testing"

	"mydocker/utils"
)

func TestNothingIsSet(t *testing.T) {
	for _, name := range append(Names(), "pids", "") {
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
		for _, dropped := range Names() {
			res := full(asked)
			res.Drop(dropped)
			for _, name := range Names() {
				if got, want := res.Sets(name), name != dropped; got != want {
					t.Errorf("Sets(%q) = %v after Drop(%q)", name, got, dropped)
				}
				if got, want := res.Asked(name), asked && name != dropped; got != want {
					t.Errorf("Asked(%q) = %v after Drop(%q), asked %v", name, got, dropped, asked)
				}
			}
		}
		res := full(asked)
		res.Drop("pids")
		if !reflect.DeepEqual(res, full(asked)) {
			t.Errorf("Drop of another controller changed %v", res)
		}
	}
}

func TestResourcesValidate(t *testing.T) {
	const memory = " is below the minimum of 2097152 bytes (2m)"
	const shares = " are out of range: 2 to 262144, or 0 for the kernel's default"
	tests := []struct {
		res  *ResourceConfig
		want string
	}{
		{limits(0, 0), ""},
		{limits(MinMemory, MinCPUShares, 0), ""},
		{limits(1<<62, MaxCPUShares, 0, 1), ""},
		{limits(MinMemory-1, 0), "memory limit of 2097151 bytes" + memory},
		{limits(1024, 512), "memory limit of 1024 bytes" + memory},
		{limits(0, 1), "cpu shares of 1" + shares},
		{limits(0, MaxCPUShares+1), "cpu shares of 262145" + shares},
		{limits(0, 1<<63), "cpu shares of 9223372036854775808" + shares},
	}
	for _, test := range tests {
		got := ""
		if err := test.res.Validate(); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("Validate(%+v) = %q, want %q", *test.res, got, test.want)
		}
	}
}
