package container

import (
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/explain"
	"github.com/mydocker/mydocker/utils"
)

// setAffinity gives init the CPUs that were asked for where mydocker was started with
// fewer of them, as by taskset(1): that is inherited, and its cgroup does not undo it.
func (r *run) setAffinity() error {
	pid := r.process.Pid()
	if cpus := r.cgroups.Affinity(); len(cpus) > 0 {
		// An init that has ended is seen when it is awaited.
		if err := utils.SetAffinity(pid, cpus); err != nil && err != unix.ESRCH {
			return fmt.Errorf("sched_setaffinity to CPUs %s: %w", cpus, err)
		}
	}
	if r.config.Report != nil {
		r.config.Report.RunsOn(utils.Affinity(pid))
	}
	return nil
}

func (r *run) explainAffinity() []explain.Action {
	cpus := r.cgroups.Affinity()
	if len(cpus) == 0 {
		return nil
	}
	return []explain.Action{{
		Kernel:   fmt.Sprintf("sched_setaffinity(PID, %s)", cpus),
		Why:      "mydocker itself was started with fewer CPUs than were asked for, which is inherited; the cgroup does not undo it.",
		Shell:    "taskset -c " + cpus.String(),
		Position: explain.Prefix,
	}}
}
