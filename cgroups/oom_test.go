package cgroups

import "testing"

func TestOOMKills(t *testing.T) {
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
		if got := oomKills(test.content); got != test.want {
			t.Errorf("oomKills(%q) = %d, want %d", test.content, got, test.want)
		}
	}
}
