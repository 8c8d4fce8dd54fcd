package cgroups

import (
	"strings"
	"testing"

	"github.com/mydocker/mydocker/cgroups/subsystems"
)

func TestWhereIs(t *testing.T) {
	const known = `#subsys_name	hierarchy	num_cgroups	enabled
cpuset	0	1	1
cpu	0	1	1
memory	4	12	1
pids	0	1	0
`
	v2 := Layout{"cpuset": {Version: subsystems.V2, Mountpoint: "/v2"}}
	tests := []struct {
		controller, known string
		layout            Layout
		want              string // the beginning
	}{
		{"memory", known, Layout{}, "it is held by a v1 hierarchy that is not mounted here, number 4 in /proc/cgroups"},
		{"memory", known, v2, "it is held by a v1 hierarchy that is not mounted here, number 4 in /proc/cgroups"},
		{"pids", known, v2, "the kernel has it disabled (cgroup_disable="},
		{"cpu", known, Layout{}, "no v1 hierarchy holds it, and no cgroup2 mount that is seen here offers it"},
		{"cpu", known, v2, "/v2/cgroup.controllers does not list it: the cgroup above has to pass it on, by +cpu in"},
		{"io", known, v2, "/v2/cgroup.controllers does not list it"},
		{"cpu", "", Layout{}, "no v1 hierarchy holds it"},
		{"cpu", "cpu\n", Layout{}, "no v1 hierarchy holds it"},
	}
	for _, test := range tests {
		if got := whereIs(test.controller, test.known, test.layout); !strings.HasPrefix(got, test.want) {
			t.Errorf("whereIs(%q, %q, %v) = %q, want %q...", test.controller, test.known, test.layout, got, test.want)
		}
	}
}
