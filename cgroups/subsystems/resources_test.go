package subsystems

import "testing"

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

func TestRareResourcesValidate(t *testing.T) {
	memory := Limit[int64]{64 << 20, true}
	tests := []struct {
		res  ResourceConfig
		want string
	}{
		{ResourceConfig{Memory: memory, MemorySwap: 64 << 20}, ""},
		{ResourceConfig{Memory: memory, MemorySwap: UnlimitedSwap}, ""},
		{ResourceConfig{MemorySwap: UnlimitedSwap}, ""},
		{ResourceConfig{MemorySwap: -2}, "memory and swap of -2 bytes: only -1, for no limit, is less than 0"},
		{ResourceConfig{MemorySwap: 1}, "a limit of memory and swap together needs one of memory: give --memory, too"},
		{ResourceConfig{Memory: Limit[int64]{64 << 20, false}, MemorySwap: 1 << 30}, "a limit of memory and swap together needs one of memory: give --memory, too"},
		{ResourceConfig{Memory: memory, MemorySwap: 64<<20 - 1}, "memory and swap together, 67108863 bytes, are less than memory alone, 67108864"},
		{ResourceConfig{MemoryReservation: 1 << 40}, ""},
		{ResourceConfig{Memory: memory, MemoryReservation: 64 << 20}, ""},
		{ResourceConfig{Memory: memory, MemoryReservation: 64<<20 + 1}, "memory reservation of 67108865 bytes is above the memory limit of 67108864"},
		{ResourceConfig{MemoryReservation: 1}, "memory reservation of 1 bytes is below the minimum of 2097152 bytes (2m)"},
		{ResourceConfig{CPUPeriod: MinCPUPeriod, CPUQuota: MinCPUQuota}, ""},
		{ResourceConfig{CPUPeriod: MaxCPUPeriod}, ""},
		{ResourceConfig{CPUPeriod: MinCPUPeriod - 1}, "cpu period of 999 is out of range: 1000 to 1000000 microseconds"},
		{ResourceConfig{CPUPeriod: MaxCPUPeriod + 1}, "cpu period of 1000001 is out of range: 1000 to 1000000 microseconds"},
		{ResourceConfig{CPUQuota: MinCPUQuota - 1}, "cpu quota of 999 is below the minimum of 1000 microseconds"},
		{ResourceConfig{PidsLimit: Limit[int64]{Value: MaxPids, Asked: true}}, ""},
		{ResourceConfig{PidsLimit: Limit[int64]{Value: MaxPids + 1, Asked: true}}, "pids limit of 4194305 is out of range: 1 to 4194304, or -1 for no limit"},
		{ResourceConfig{PidsLimit: Limit[int64]{Value: -1, Asked: true}}, "pids limit of -1 is out of range: 1 to 4194304, or -1 for no limit"},
		{ResourceConfig{BlkioWeight: MaxBlkioWeight}, ""},
		{ResourceConfig{BlkioWeight: MinBlkioWeight - 1}, "block I/O weight of 9 is out of range: 10 to 1000, or 0 for the kernel's default"},
		{ResourceConfig{BlkioWeight: MaxBlkioWeight + 1}, "block I/O weight of 1001 is out of range: 10 to 1000, or 0 for the kernel's default"},
	}
	for _, test := range tests {
		got := ""
		if err := test.res.Validate(); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("Validate(%+v) = %q, want %q", test.res, got, test.want)
		}
	}
}
