package subsystems

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/mydocker/mydocker/utils"
)

// fakeHierarchy is a directory that stands for a mounted hierarchy: plain
// files in the place of the kernel's. Two things differ from a cgroup file
// system: a new directory has no files, and one that has files cannot be
// removed. Nor does a write replace what is there, so files start out empty
// or as long as what is written.
func fakeHierarchy(t *testing.T, version Version, files map[string]string) *Hierarchy {
	t.Helper()
	h := &Hierarchy{Version: version, Mountpoint: t.TempDir(), Root: "/"}
	for name, content := range files {
		path := filepath.Join(h.Mountpoint, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// expect compares files of the fake with what they should hold.
func expect(t *testing.T, h *Hierarchy, files map[string]string) {
	t.Helper()
	for name, want := range files {
		got, err := utils.ReadFile(filepath.Join(h.Mountpoint, name))
		if err != nil || got != want {
			t.Errorf("%s holds %q, %v; want %q", name, got, err, want)
		}
	}
}

// observed is an Observer that remembers.
type observed []string

func (o *observed) observe(controller, file, value, _ string) {
	*o = append(*o, controller+" "+filepath.Base(file)+" "+value)
}

// ignored is an Observer for tests that do not ask.
func ignored(string, string, string, string) {}

func limits(memory int64, shares uint64, cpus ...int) *ResourceConfig {
	return &ResourceConfig{
		Memory:    Limit[int64]{Value: memory},
		CPUs:      Limit[utils.CPUList]{Value: cpus},
		CPUShares: Limit[uint64]{Value: shares},
	}
}
