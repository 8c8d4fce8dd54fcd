package subsystems

import (
	"errors"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

func TestMemorySet(t *testing.T) {
	tests := []struct {
		version Version
		file    string
	}{
		{V1, "memory.limit_in_bytes"},
		{V2, "memory.max"},
	}
	for _, test := range tests {
		h := fakeHierarchy(t, test.version, map[string]string{"c/" + test.file: ""})
		var seen observed
		if err := New(MemoryName, h, seen.observe).Set("/c", limits(64<<20, 0)); err != nil {
			t.Error(err)
		}
		expect(t, h, map[string]string{"c/" + test.file: "67108864"})
		if want := []string{"memory " + test.file + " 67108864"}; !slices.Equal(seen, want) {
			t.Errorf("observed %q, want %q", seen, want)
		}
	}
}

// As much swap as memory, where the kernel counts it.
func TestMemorySetSwap(t *testing.T) {
	tests := []struct {
		version Version
		file    string
		limit   int64
		want    string
	}{
		{V1, "memory.memsw.limit_in_bytes", 64 << 20, "134217728"},
		{V1, "memory.memsw.limit_in_bytes", 1<<63 - 2, "9223372036854775807"},
		{V2, "memory.swap.max", 64 << 20, "67108864"},
	}
	for _, test := range tests {
		h := fakeHierarchy(t, test.version, map[string]string{
			"c/memory.limit_in_bytes": "", "c/memory.max": "", "c/" + test.file: "",
		})
		var seen observed
		if err := New(MemoryName, h, seen.observe).Set("/c", limits(test.limit, 0)); err != nil {
			t.Error(err)
		}
		if got, err := utils.ReadFile(h.Dir("/c/" + test.file)); got != test.want || err != nil {
			t.Errorf("%s = %q, %v; want %q", test.file, got, err, test.want)
		}
	}
}

func TestMemorySetNothing(t *testing.T) {
	h := fakeHierarchy(t, V1, nil) // no file: any write would fail
	var seen observed
	if err := New(MemoryName, h, seen.observe).Set("/c", limits(0, 512, 1)); err != nil || seen != nil {
		t.Errorf("Set() without a limit = %v, observed %q", err, seen)
	}
}

func TestMemorySetFails(t *testing.T) {
	h := fakeHierarchy(t, V2, nil)
	var seen observed
	err := New(MemoryName, h, seen.observe).Set("/c", limits(64<<20, 0))
	if want := `write ` + h.Mountpoint + `/c/memory.max = "67108864": no such file or directory`; err == nil || err.Error() != want {
		t.Errorf("Set() = %v, want %s", err, want)
	}
	if !errors.Is(err, unix.ENOENT) || seen != nil {
		t.Errorf("Set() = %v, observed %q; want ENOENT and nothing", err, seen)
	}
}
