package container

import (
	"testing"

	"github.com/mydocker/mydocker/cgroups"
	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/container/spec"
)

func TestMemoryLimit(t *testing.T) {
	tests := []struct {
		limit   subsystems.Limit[int64]
		atLimit bool
		want    string
	}{
		{subsystems.Limit[int64]{Value: 50 << 20, Asked: true}, true, "limit 50 MiB"},
		{subsystems.Limit[int64]{Value: 256 << 20}, true, "limit 256 MiB, the default; -m sets another"},
		{subsystems.Limit[int64]{Value: 256 << 20}, false, "limit 256 MiB, which was not reached: memory ran out in a cgroup above or below, or on the host"},
		{subsystems.Limit[int64]{Asked: true}, false, "no limit of its own"},
	}
	for _, test := range tests {
		r := &run{config: &Config{Spec: spec.Spec{Resources: &subsystems.ResourceConfig{Memory: test.limit}}}}
		if got := r.memoryLimit(cgroups.OOM{Kills: 1, AtLimit: test.atLimit}); got != test.want {
			t.Errorf("%+v, reached %v: %q, want %q", test.limit, test.atLimit, got, test.want)
		}
	}
}

func TestTasksLimit(t *testing.T) {
	tests := []struct {
		limit   int64
		atLimit bool
		want    string
	}{
		{5, true, "limit 5"},
		{5, false, "limit 5, which was not reached: that of a cgroup above or below was"},
		{0, false, "no limit of its own: a cgroup above or below has one"},
	}
	for _, test := range tests {
		r := &run{config: &Config{Spec: spec.Spec{Resources: &subsystems.ResourceConfig{PidsLimit: subsystems.Limit[int64]{Value: test.limit}}}}}
		if got := r.tasksLimit(cgroups.Refusals{Tasks: 1, AtLimit: test.atLimit}); got != test.want {
			t.Errorf("%d, reached %v: %q, want %q", test.limit, test.atLimit, got, test.want)
		}
	}
}
