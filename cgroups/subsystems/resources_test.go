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
