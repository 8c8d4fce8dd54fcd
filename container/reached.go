package container

import (
	"fmt"

	"github.com/mydocker/mydocker/cgroups"
	"github.com/mydocker/mydocker/container/events"
)

// tellReached names the limits that the container came to: neither a status of 128
// plus SIGKILL alone tells who did it, nor what a command makes of the end of a child
// or a fork that failed. Where all went well nobody asks.
func (r *run) tellReached() {
	oom, err := r.cgroups.OOM()
	if err != nil {
		r.log.Warnf("find out whether memory ran out: %v", err)
	}
	if oom.Kills > 0 {
		r.event(events.OOM)
		r.log.Warnf("out of memory: the kernel has killed %d of the container's processes (%s)", oom.Kills, r.memoryLimit(oom))
	}
	refused, err := r.cgroups.Refused()
	if err != nil {
		r.log.Warnf("find out whether tasks were refused: %v", err)
	}
	if refused.Tasks > 0 {
		r.log.Warnf("too many processes: the kernel has refused %d new processes or threads (%s)", refused.Tasks, r.tasksLimit(refused))
	}
}

// tasksLimit says which limit on tasks was reached.
func (r *run) tasksLimit(refused cgroups.Refusals) string {
	switch limit := r.config.Resources.PidsLimit.Value; {
	case limit == 0:
		return "no limit of its own: a cgroup above or below has one"
	case !refused.AtLimit:
		return fmt.Sprintf("limit %d, which was not reached: that of a cgroup above or below was", limit)
	default:
		return fmt.Sprintf("limit %d", limit)
	}
}

// memoryLimit says which limit memory has come to.
func (r *run) memoryLimit(oom cgroups.OOM) string {
	memory := r.config.Resources.Memory
	limit := fmt.Sprintf("limit %.4g MiB", float64(memory.Value)/(1<<20))
	switch {
	case memory.Value == 0:
		return "no limit of its own"
	case !oom.AtLimit:
		return limit + ", which was not reached: memory ran out in a cgroup above or below, or on the host"
	case !memory.Asked:
		return limit + ", the default; -m sets another"
	}
	return limit
}
