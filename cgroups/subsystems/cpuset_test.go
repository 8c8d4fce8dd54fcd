package subsystems

import (
	"errors"
	"io/fs"
	"slices"
	"testing"
)

// A task that enters a v1 cpuset without CPUs or memory nodes is refused with
// ENOSPC, and every new one is like that, the container's parent included.
func TestCPUSetFillsEmptyParents(t *testing.T) {
	h := fakeHierarchy(t, V1, map[string]string{
		"cpuset.cpus": "0-3\n", "cpuset.mems": "0-1\n",
		"a/cpuset.cpus": "\n", "a/cpuset.mems": "\n",
		"a/b/cpuset.cpus": "", "a/b/cpuset.mems": "",
		"a/b/c/cpuset.cpus": "", "a/b/c/cpuset.mems": "",
	})
	var seen observed
	if err := New(CPUSetName, h, seen.observe).Set("/a/b/c", limits(0, 0, 1)); err != nil {
		t.Fatal(err)
	}
	expect(t, h, map[string]string{
		"cpuset.cpus": "0-3", "cpuset.mems": "0-1",
		"a/cpuset.cpus": "0-3", "a/cpuset.mems": "0-1",
		"a/b/cpuset.cpus": "0-3", "a/b/cpuset.mems": "0-1",
		"a/b/c/cpuset.cpus": "1", "a/b/c/cpuset.mems": "0-1",
	})
	if want := []string{
		"cpuset cpuset.mems 0-1", "cpuset cpuset.mems 0-1", "cpuset cpuset.cpus 0-3", "cpuset cpuset.cpus 0-3",
		"cpuset cpuset.mems 0-1", "cpuset cpuset.cpus 1",
	}; !slices.Equal(seen, want) {
		t.Errorf("observed %q, want %q", seen, want)
	}
}

// A parent that somebody filled keeps what it has and passes that on.
func TestCPUSetKeepsFilledParents(t *testing.T) {
	h := fakeHierarchy(t, V1, map[string]string{
		"cpuset.cpus": "0-3\n", "cpuset.mems": "0-1\n",
		"a/cpuset.cpus": "2-3\n", "a/cpuset.mems": "1\n",
		"a/c/cpuset.cpus": "", "a/c/cpuset.mems": "",
	})
	if err := New(CPUSetName, h, ignored).Set("/a/c", limits(0, 0, 3)); err != nil {
		t.Fatal(err)
	}
	expect(t, h, map[string]string{
		"a/cpuset.cpus": "2-3", "a/cpuset.mems": "1",
		"a/c/cpuset.cpus": "3", "a/c/cpuset.mems": "1",
	})
}

// Without pinning, the container's cpuset still has to be filled.
func TestCPUSetInheritsWithoutLimit(t *testing.T) {
	h := fakeHierarchy(t, V1, map[string]string{
		"cpuset.cpus": "0-3\n", "cpuset.mems": "0\n",
		"a/cpuset.cpus": "", "a/cpuset.mems": "",
	})
	if err := New(CPUSetName, h, ignored).Set("/a", limits(0, 0)); err != nil {
		t.Fatal(err)
	}
	expect(t, h, map[string]string{"a/cpuset.cpus": "0-3", "a/cpuset.mems": "0"})
}

func TestCPUSetReplacesOtherCPUs(t *testing.T) {
	h := fakeHierarchy(t, V1, map[string]string{
		"cpuset.cpus": "0-3", "cpuset.mems": "0",
		"a/cpuset.cpus": "2", "a/cpuset.mems": "0",
	})
	if err := New(CPUSetName, h, ignored).Set("/a", limits(0, 0, 1)); err != nil {
		t.Fatal(err)
	}
	expect(t, h, map[string]string{"a/cpuset.cpus": "1"})
}

func TestCPUSetWithAnEmptyTop(t *testing.T) {
	h := fakeHierarchy(t, V1, map[string]string{
		"cpuset.cpus": "0", "cpuset.mems": "\n",
		"a/cpuset.cpus": "", "a/cpuset.mems": "",
	})
	err := New(CPUSetName, h, ignored).Set("/a", limits(0, 0, 0))
	if want := h.Mountpoint + "/cpuset.mems is empty"; err == nil || err.Error() != want {
		t.Errorf("Set() = %v, want %s", err, want)
	}
}

func TestCPUSetWithoutFile(t *testing.T) {
	h := fakeHierarchy(t, V1, map[string]string{"cpuset.cpus": "0", "cpuset.mems": "0", "a/x": ""})
	if err := New(CPUSetName, h, ignored).Set("/a", limits(0, 0)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Set() = %v, want ENOENT", err)
	}
}

func TestCPUSetOnV2(t *testing.T) {
	h := fakeHierarchy(t, V2, map[string]string{"c/cpuset.cpus": "", "d/cpuset.cpus": ""})
	var seen observed
	cpuset := New(CPUSetName, h, seen.observe)
	if err := cpuset.Set("/c", limits(0, 0, 0, 1, 3)); err != nil {
		t.Error(err)
	}
	if err := cpuset.Set("/d", limits(64<<20, 512)); err != nil {
		t.Error(err)
	}
	expect(t, h, map[string]string{"c/cpuset.cpus": "0-1,3", "d/cpuset.cpus": ""})
	if want := []string{"cpuset cpuset.cpus 0-1,3"}; !slices.Equal(seen, want) {
		t.Errorf("observed %q, want %q", seen, want)
	}
}

func TestCPUSetAvailable(t *testing.T) {
	files := map[string]string{
		"cpuset.cpus": "0-3\n", "full/cpuset.cpus": "2\n", "empty/cpuset.cpus": "\n", "bare/x": "",
		"cpuset.cpus.effective": "0-7\n", "full/cpuset.cpus.effective": "6\n", "empty/cpuset.cpus.effective": "\n",
	}
	tests := []struct {
		version      Version
		parent, want string
	}{
		{V1, "/", "0-3"}, {V1, "/full", "2"}, {V1, "/empty", "0-3"}, {V1, "/bare", "0-3"},
		{V1, "/no/such", "0-3"}, {V1, "/full/new/newer", "2"},
		{V2, "/", "0-7"}, {V2, "/full", "6"}, {V2, "/empty", "0-7"}, {V2, "/bare", "0-7"}, {V2, "/full/new", "6"},
	}
	for _, test := range tests {
		h := fakeHierarchy(t, test.version, files)
		cpus, err := New(CPUSetName, h, ignored).(*CPUSet).Available(test.parent, "cpuset.cpus")
		if err != nil || cpus.String() != test.want {
			t.Errorf("v%d Available(%q) = %v, %v; want %s", test.version, test.parent, cpus, err, test.want)
		}
	}
}

func TestCPUSetAvailableErrors(t *testing.T) {
	tests := []struct {
		version Version
		files   map[string]string
		want    string
	}{
		{V1, nil, "/cpuset.cpus is empty"},
		{V1, map[string]string{"cpuset.cpus": "\n"}, "/cpuset.cpus is empty"},
		{V2, map[string]string{"a/x": ""}, "/cpuset.cpus.effective is empty"},
	}
	for _, test := range tests {
		h := fakeHierarchy(t, test.version, test.files)
		_, err := New(CPUSetName, h, ignored).(*CPUSet).Available("/a", "cpuset.cpus")
		if want := h.Mountpoint + test.want; err == nil || err.Error() != want {
			t.Errorf("Available() = %v, want %s", err, want)
		}
	}
	h := fakeHierarchy(t, V1, map[string]string{"cpuset.cpus": "zero"})
	if cpus, err := New(CPUSetName, h, ignored).(*CPUSet).Available("/", "cpuset.cpus"); err == nil {
		t.Errorf("Available() = %v from a file that holds no list", cpus)
	}
}
