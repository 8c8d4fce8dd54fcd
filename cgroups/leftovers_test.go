package cgroups

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"mydocker/cgroups/subsystems"
)

func TestClearLeftovers(t *testing.T) {
	memory, cpu := fake(t, subsystems.V1, nil), fake(t, subsystems.V1, nil)
	layout := Layout{"memory": memory, "cpu": cpu}
	const dead, foreign = "/mydocker/dddddddddddd", "/mydocker/not-an-id"
	for _, h := range []*subsystems.Hierarchy{memory, cpu} {
		mustMkdir(t, h.Dir(dead+"/nested"), h.Dir(foreign))
	}
	mustMkdir(t, memory.Dir("/mydocker/eeeeeeeeeeee")) // its cpu cgroup is gone already
	live, _ := manage(t, "/mydocker/aaaaaaaaaaaa", noLimits(), layout)
	m, text := manage(t, testPath, noLimits(), layout)
	if err := errors.Join(live.Set(), m.Set(), m.ClearLeftovers()); err != nil {
		t.Fatal(err)
	}
	for _, h := range []*subsystems.Hierarchy{memory, cpu} {
		for _, kept := range []string{foreign, live.Path, m.Path} {
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

// What cannot be cleared is reported by name, and does not keep the others.
func TestClearLeftoversFails(t *testing.T) {
	h := fake(t, subsystems.V1, map[string]string{"mydocker/aaaaaaaaaaaa/stuck": ""})
	mustMkdir(t, h.Dir("/mydocker/bbbbbbbbbbbb"))
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
