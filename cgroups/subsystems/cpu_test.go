package subsystems

import (
	"slices"
	"testing"
)

func TestCPUSharesSet(t *testing.T) {
	tests := []struct {
		version     Version
		shares      uint64
		file, value string
	}{
		{V1, 256, "cpu.shares", "256"},
		{V1, 2, "cpu.shares", "2"},
		{V1, 262144, "cpu.shares", "262144"},
		{V2, 512, "cpu.weight", "59"},
		{V2, 1024, "cpu.weight", "100"},
	}
	for _, test := range tests {
		h := fakeHierarchy(t, test.version, map[string]string{"c/" + test.file: ""})
		var seen observed
		if err := New(CPUName, h, seen.observe).Set("/c", limits(0, test.shares)); err != nil {
			t.Error(err)
		}
		expect(t, h, map[string]string{"c/" + test.file: test.value})
		if want := []string{"cpu " + test.file + " " + test.value}; !slices.Equal(seen, want) {
			t.Errorf("observed %q, want %q", seen, want)
		}
	}
}

func TestCPUSharesSetNothing(t *testing.T) {
	for _, version := range []Version{V1, V2} {
		h := fakeHierarchy(t, version, nil)
		if err := New(CPUName, h, ignored).Set("/c", limits(64<<20, 0)); err != nil {
			t.Errorf("Set() on v%d without a limit = %v", version, err)
		}
	}
}

func TestCPUWeight(t *testing.T) {
	tests := map[uint64]uint64{
		0: 1, 1: 1, 2: 1, 3: 2,
		256: 35, 512: 59, 1024: 100, 2048: 174,
		262143: 10000, 262144: 10000, 999999999: 10000,
	}
	for shares, want := range tests {
		if got := CPUWeight(shares); got != want {
			t.Errorf("CPUWeight(%d) = %d, want %d", shares, got, want)
		}
	}
}

func TestCPUWeightIsMonotonic(t *testing.T) {
	last := uint64(1)
	for shares := uint64(MinCPUShares); shares <= MaxCPUShares; shares++ {
		weight := CPUWeight(shares)
		if weight < last || weight > 10000 {
			t.Fatalf("CPUWeight(%d) = %d behind %d", shares, weight, last)
		}
		last = weight
	}
}
