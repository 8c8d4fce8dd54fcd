package lifecycle

import (
	"fmt"

	"github.com/mydocker/mydocker/container/initproc"
	"github.com/mydocker/mydocker/utils"
)

// resetCPUs has the cgroups alone say on which CPUs a process runs: those that the caller was started
// with (taskset(1), CPUAffinity= of systemd) are not the container's.
func resetCPUs(process *initproc.ParentProcess) error {
	if err := utils.ResetAffinity(process.Pid()); err != nil {
		return fmt.Errorf("sched_setaffinity to all CPUs: %w", err)
	}
	return nil
}
