package cgroups

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
)

// A default that the host cannot give: the hierarchy has no such file.
func TestManagerLeavesOutDefaults(t *testing.T) {
	res := resourcesOf("memory")
	memory, cpu := fake(t, subsystems.V1, nil), fake(t, subsystems.V1, nil)
	m, text := manage(t, testPath, res, Layout{"memory": memory, "cpu": cpu})
	if err := m.Set(); err != nil {
		t.Fatal(err)
	}
	if want := "the default memory limit is left out: write " + memory.Dir(testPath) + "/memory.limit_in_bytes"; strings.Count(text.String(), want) != 1 {
		t.Errorf("logged:\n%s\nwant once: %s", text, want)
	}
	if !strings.Contains(text.String(), "the controller is not enabled in this cgroup") {
		t.Errorf("no cause in:\n%s", text)
	}
	if res.Sets("memory") || exists(t, memory.Dir(DefaultParent)) {
		t.Error("what was left out is not gone")
	}
	if want := []string{cpu.Dir(testPath)}; !slices.Equal(m.Dirs(), want) || isDead(t, want[0]) {
		t.Errorf("Dirs() = %q, want %q, locked", m.Dirs(), want)
	}
	destroy(t, m)
	if exists(t, cpu.Dir(DefaultParent)) {
		t.Error("Destroy left something")
	}
}

func TestManagerNeverLeavesOutWhatWasAsked(t *testing.T) {
	tests := []struct{ asked, file string }{
		{"memory", `memory.limit_in_bytes = "67108864"`},
		{"cpu", `cpu.shares = "512"`},
	}
	for _, test := range tests {
		res := resources(test.asked)
		res.Drop("cpuset")
		h := fake(t, subsystems.V1, nil)
		m, _ := manage(t, testPath, res, Layout{test.asked: h})
		want := "write " + h.Dir(testPath) + "/" + test.file + ": no such file or directory (the controller is not enabled in this cgroup)"
		if err := m.Set(); err == nil || err.Error() != want {
			t.Errorf("Set() = %v, want %s", err, want)
		}
		destroy(t, m)
		if exists(t, h.Dir(DefaultParent)) {
			t.Errorf("%s: Destroy left something", test.asked)
		}
	}
}

// What the host just does not offer lifts a default, with one warning for
// each limit that is set; what was asked for and every other failure stays.
func TestLeaveOut(t *testing.T) {
	all := subsystems.Names(noLimits())
	tests := []struct {
		err      error
		asked    string
		names    []string
		warnings int // or -1 for the error itself
	}{
		{unix.EROFS, "", []string{"memory"}, 1},
		{unix.EACCES, "", all, 3},
		{unix.EPERM, "cpu", []string{"memory", "cpuset"}, 2},
		{&MissingError{"memory", "why"}, "cpu", []string{"memory"}, 1},
		{unix.EROFS, "cpu", all, -1},
		{unix.EROFS, "memory", []string{"memory"}, -1},
		{unix.EINVAL, "", []string{"memory"}, -1},
		{unix.ENOSPC, "", all, -1},
	}
	for _, test := range tests {
		log, text := newLog()
		res := resources(test.asked)
		m := &CgroupManager{Resource: res, log: log}
		err := m.leaveOut(test.names, test.err)
		left := test.warnings >= 0
		if left != (err == nil) || (!left && err != test.err) {
			t.Errorf("leaveOut(%q, %v), asked %q = %v", test.names, test.err, test.asked, err)
		}
		if got := strings.Count(text.String(), "level=warning"); got != max(test.warnings, 0) {
			t.Errorf("leaveOut(%q, %v), asked %q: %d warnings:\n%s", test.names, test.err, test.asked, got, text)
		}
		for _, name := range all {
			if want := !left || !slices.Contains(test.names, name); res.Sets(name) != want {
				t.Errorf("leaveOut(%q, %v), asked %q: %s set: %v", test.names, test.err, test.asked, name, !want)
			}
		}
	}
}
