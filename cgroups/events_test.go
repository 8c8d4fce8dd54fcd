package cgroups

import (
	"testing"

	"github.com/mydocker/mydocker/cgroups/subsystems"
)

func TestCount(t *testing.T) {
	tests := []struct {
		content string
		want    int
	}{
		{"low 0\nhigh 0\nmax 17\noom 2\noom_kill 1\noom_group_kill 0\n", 1},
		{"oom_kill_disable 0\nunder_oom 0\noom_kill 3", 3},
		{"oom_kill_disable 1\nunder_oom 0\n", 0}, // before Linux 4.13
		{"oom_kill many\n", 0},
		{"", 0},
	}
	for _, test := range tests {
		if got := count(test.content, "oom_kill"); got != test.want {
			t.Errorf("count(%q) = %d, want %d", test.content, got, test.want)
		}
	}
}

// A kill may be for the container's own limit or for one above it.
func TestOOM(t *testing.T) {
	tests := []struct {
		version subsystems.Version
		files   map[string]string
		want    OOM
	}{
		{subsystems.V1, map[string]string{"memory.oom_control": "oom_kill 2\n", "memory.failcnt": "7\n"}, OOM{2, true}},
		{subsystems.V1, map[string]string{"memory.oom_control": "oom_kill 2\n", "memory.failcnt": "0\n"}, OOM{2, false}},
		{subsystems.V2, map[string]string{"memory.events": "max 9\noom 1\noom_kill 2\n"}, OOM{2, true}},
		{subsystems.V2, map[string]string{"memory.events": "max 9\noom 0\noom_kill 2\n"}, OOM{2, false}},
		{subsystems.V2, map[string]string{"memory.events": "oom 1\noom_kill 1\n", "memory.events.local": "oom 0\noom_kill 0\n"}, OOM{1, false}},
		{subsystems.V2, nil, OOM{}},
	}
	for _, test := range tests {
		files := map[string]string{}
		for name, content := range test.files {
			files[testPath[1:]+"/"+name] = content
		}
		m, _ := manage(t, testPath, noLimits(), Layout{"memory": fake(t, test.version, files)})
		if got, err := m.OOM(); err != nil || got != test.want {
			t.Errorf("v%d %q: %+v, %v; want %+v", test.version, test.files, got, err, test.want)
		}
	}
}

func TestRefused(t *testing.T) {
	tests := []struct {
		limit int64
		files map[string]string
		want  Refusals
	}{
		{5, map[string]string{"pids.events": "max 3\n", "pids.peak": "5\n"}, Refusals{3, true}},
		{5, map[string]string{"pids.events": "max 3\n", "pids.peak": "4\n"}, Refusals{3, false}}, // above
		{5, map[string]string{"pids.events": "max 3\n"}, Refusals{3, true}},                      // before Linux 6.1
		{0, map[string]string{"pids.events": "max 3\n", "pids.peak": "5\n"}, Refusals{3, false}},
		{0, nil, Refusals{}},
	}
	for _, test := range tests {
		files := map[string]string{}
		for name, content := range test.files {
			files[testPath[1:]+"/"+name] = content
		}
		for _, version := range []subsystems.Version{subsystems.V1, subsystems.V2} {
			h := fake(t, version, files)
			m, _ := manage(t, testPath, &subsystems.ResourceConfig{PidsLimit: subsystems.Limit[int64]{Value: 2, Asked: true}}, Layout{"pids": h})
			m.Resource.PidsLimit.Value = test.limit
			if got, err := m.Refused(); err != nil || got != test.want {
				t.Errorf("v%d, limit %d, %q: %+v, %v; want %+v", version, test.limit, test.files, got, err, test.want)
			}
		}
	}
	none, _ := manage(t, testPath, noLimits(), Layout{})
	if got, err := none.Refused(); err != nil || got != (Refusals{}) {
		t.Errorf("without a cgroup: %+v, %v", got, err)
	}
}
