package cgroups

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

func TestClearLeftovers(t *testing.T) {
	memory, cpu := fake(t, subsystems.V1, nil), fake(t, subsystems.V1, nil)
	layout := Layout{"memory": memory, "cpu": cpu}
	const dead, foreign, othersOwn = "/mydocker/dddddddddddd", "/mydocker/not-an-id", "/mydocker/cccccccccccc"
	for _, h := range []*subsystems.Hierarchy{memory, cpu} {
		mustMake(t, h.Dir(dead), h.Dir(dead+"/nested"), h.Dir(foreign))
		mustMkdir(t, h.Dir(othersOwn))
	}
	mustMake(t, memory.Dir("/mydocker/eeeeeeeeeeee")) // its cpu cgroup is gone already
	live, _ := manage(t, "/mydocker/aaaaaaaaaaaa", noLimits(), layout)
	m, text := manage(t, testPath, noLimits(), layout)
	if err := errors.Join(live.Set(), m.Set(), m.ClearLeftovers()); err != nil {
		t.Fatal(err)
	}
	for _, h := range []*subsystems.Hierarchy{memory, cpu} {
		for _, kept := range []string{foreign, othersOwn, live.trees[0].cgroup, m.trees[0].cgroup} {
			if !exists(t, h.Dir(kept)) {
				t.Errorf("%s was cleared", h.Dir(kept))
			}
		}
		for _, gone := range []string{dead, "/mydocker/eeeeeeeeeeee"} {
			if exists(t, h.Dir(gone)) {
				t.Errorf("%s was not cleared", h.Dir(gone))
			}
		}
	}
	if got := strings.Count(text.String(), "cleared the leftover of a run that was killed"); got != 2 {
		t.Errorf("%d notices, want 2:\n%s", got, text)
	}
	destroy(t, live)
	destroy(t, m)
}

// Below a crowded parent one start looks at a few containers only, and those
// that follow, which begin elsewhere, find what it did not. The order of the
// directory is that of a real cgroup file system.
func TestClearLeftoversBelowACrowdedParent(t *testing.T) {
	layout, err := FindLayout([]string{"memory"})
	if err != nil {
		t.Fatal(err)
	}
	if layout["memory"] == nil {
		t.Skip("no cgroup hierarchy has the memory controller")
	}
	parent := fmt.Sprintf("/mydocker-test-crowd-%d", os.Getpid())
	start := func() *CgroupManager {
		id, err := utils.NewID()
		if err != nil {
			t.Fatal(err)
		}
		log, _ := newLog()
		m, err := NewCgroupManager(parent, id, noLimits(), layout, log)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Set(); errors.Is(err, unix.EROFS) || errors.Is(err, unix.EACCES) {
			t.Skip(err)
		} else if err != nil {
			t.Fatal(err)
		}
		return m
	}
	const live, dead = 4 * maxSiblings, 3
	for i := range live + dead {
		m := start()
		t.Cleanup(func() { destroy(t, m) })
		if i < dead {
			if err := m.trees[0].lock.release(); err != nil {
				t.Fatal(err)
			}
		}
	}
	for starts := 1; ; starts++ {
		m := start()
		var s sweep
		if err := m.clearIn(m.trees[0], &s); err != nil || len(s.busy) > maxSiblings {
			t.Fatalf("clearIn() kept %d, %v; want at most %d", len(s.busy), err, maxSiblings)
		}
		destroy(t, m)
		containers := 0
		for name := range namesAround(m.trees[0].Dir(parent), 0) {
			if utils.IsID(name) {
				containers++
			}
		}
		// The names come twice from position 0.
		if containers == 2*live {
			t.Logf("%d starts cleared all", starts)
			return
		}
		if starts == 1000 {
			t.Fatalf("after %d starts there are %d containers, want the %d that live", starts, containers/2, live)
		}
	}
}

// A run took the first cgroup of a container that is being created for a
// leftover, before it was locked, and removed it; the creator makes it anew
// while a second run looks at the same name.
func TestClearLeftoversRemovesOnlyWhatItLocked(t *testing.T) {
	memory, cpu := fake(t, subsystems.V1, nil), fake(t, subsystems.V1, nil)
	const cgroup = "/mydocker/aaaaaaaaaaaa"
	mustMake(t, cpu.Dir(cgroup))
	m, _ := manage(t, testPath, noLimits(), Layout{"memory": memory, "cpu": cpu})
	for _, tree := range m.trees {
		if tree.Mountpoint == cpu.Mountpoint {
			tree.controllers[0] = removal{tree.controllers[0], func() { mustMake(t, memory.Dir(cgroup)) }}
		}
	}
	if result, err := m.clear("aaaaaaaaaaaa"); result != cleared || err != nil {
		t.Errorf("clear() = %v, %v", result, err)
	}
	if exists(t, cpu.Dir(cgroup)) || !exists(t, memory.Dir(cgroup)) {
		t.Error("the leftover is still there, or the cgroup that was made meanwhile is not")
	}
}

// removal does something before it removes a cgroup.
type removal struct {
	subsystems.Subsystem
	before func()
}

func (r removal) Remove(cgroup string) error {
	r.before()
	return r.Subsystem.Remove(cgroup)
}

// What cannot be cleared is reported by name, and does not keep the others.
func TestClearLeftoversFails(t *testing.T) {
	h := fake(t, subsystems.V1, map[string]string{"mydocker/aaaaaaaaaaaa/stuck": ""})
	addLockFiles(t, h.Dir("/mydocker/aaaaaaaaaaaa"), lockMode)
	mustMake(t, h.Dir("/mydocker/bbbbbbbbbbbb"))
	m, _ := manage(t, testPath, noLimits(), Layout{"memory": h})
	if err := m.Set(); err != nil {
		t.Fatal(err)
	}
	err := m.ClearLeftovers()
	if err == nil || !strings.Contains(err.Error(), "clear leftover aaaaaaaaaaaa: ") {
		t.Errorf("ClearLeftovers() = %v, want it to name the cgroup", err)
	}
	if exists(t, h.Dir("/mydocker/bbbbbbbbbbbb")) {
		t.Error("one that is stuck kept another")
	}
	if !isDead(t, h.Dir("/mydocker/aaaaaaaaaaaa")) {
		t.Error("the lock of one that is stuck was not given back")
	}
	destroy(t, m)
}

// What cannot be removed at once is not waited for, and tried once more at the end.
func TestClearLeftoversWaitsForNobody(t *testing.T) {
	h := fake(t, subsystems.V1, nil)
	mustMake(t, h.Dir("/mydocker/aaaaaaaaaaaa"))
	m, _ := manage(t, testPath, noLimits(), Layout{"memory": h})
	if err := m.Set(); err != nil {
		t.Fatal(err)
	}
	busy := &busyRemoval{Subsystem: m.trees[0].controllers[0], cgroup: "/mydocker/aaaaaaaaaaaa"}
	m.trees[0].controllers[0] = busy
	if err := m.ClearLeftovers(); err != nil || busy.attempts != 1 {
		t.Errorf("ClearLeftovers() = %v, after %d attempts; want 1", err, busy.attempts)
	}
	destroy(t, m)
	if busy.attempts != 2 || !exists(t, h.Dir(busy.cgroup)) || exists(t, h.Dir(testPath)) {
		t.Errorf("%d attempts in all, want 2, and the run's own is gone", busy.attempts)
	}
}

// busyRemoval finds processes in one cgroup, again and again.
type busyRemoval struct {
	subsystems.Subsystem
	cgroup   string
	attempts int
}

func (r *busyRemoval) Remove(cgroup string) error {
	if cgroup != r.cgroup {
		return r.Subsystem.Remove(cgroup)
	}
	r.attempts++
	return unix.EBUSY
}

func TestNamesAround(t *testing.T) {
	dir := t.TempDir()
	const entries = 40
	for i := range entries {
		mustMkdir(t, fmt.Sprintf("%s/%02d", dir, i))
	}
	for _, position := range []int64{0, 1, 1 << 30, 1<<31 - 1} {
		seen := map[string]bool{}
		for name, err := range namesAround(dir, position) {
			if err != nil {
				t.Fatal(err)
			}
			seen[name] = true
		}
		if len(seen) != entries {
			t.Errorf("from position %d: %d names, want %d", position, len(seen), entries)
		}
	}
	for range namesAround(dir, 0) {
		break // which must not be called again
	}
	for name, err := range namesAround(dir+"/no-such", 0) {
		t.Errorf("of a directory that is gone: %q, %v", name, err)
	}
	var errs []error
	for _, err := range namesAround("/proc/self/stat", 0) {
		errs = append(errs, err)
	}
	if len(errs) != 1 || !errors.Is(errs[0], unix.ENOTDIR) {
		t.Errorf("of a file: %v, want ENOTDIR", errs)
	}
}

func TestPositionOf(t *testing.T) {
	for id, want := range map[string]int64{
		"000000000000": 0, "ffffffffffff": 1<<31 - 1, "80000000ffff": 1 << 30, "": 0, "not-an-id": 0,
	} {
		if got := positionOf(id); got != want {
			t.Errorf("positionOf(%q) = %d, want %d", id, got, want)
		}
	}
}

func TestSubdirectories(t *testing.T) {
	h := fake(t, subsystems.V1, map[string]string{"file": "", "b/file": "", "a/deep/file": ""})
	got, err := subdirectories(h.Mountpoint)
	if err != nil || strings.Join(got, " ") != "a b" {
		t.Errorf("subdirectories() = %q, %v", got, err)
	}
	if _, err := subdirectories(filepath.Join(h.Mountpoint, "no-such")); !errors.Is(err, unix.ENOENT) {
		t.Errorf("subdirectories() = %v, want ENOENT", err)
	}
}
