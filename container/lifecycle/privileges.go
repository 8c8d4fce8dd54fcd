package lifecycle

import (
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// What the kernel allows to privileges in the first user namespace alone, the caller does for a
// process: the process may be in another one already. It comes before the process has read
// anything.

func (c *creation) usePrivileges() error { return c.plan.Process.usePrivileges(c.process.Pid()) }

func (e *execution) usePrivileges() error { return e.exec.Process.usePrivileges(e.process.Pid()) }

func (t *Process) usePrivileges(pid int) error {
	for _, limit := range t.HardLimits {
		if err := raiseLimit(pid, limit); err != nil {
			return fmt.Errorf("raise a limit (prlimit %d to %d): %w", limit.Resource, limit.Value, err)
		}
	}
	if t.OOMScore == nil {
		return nil
	}
	return utils.WriteFile("/proc/"+strconv.Itoa(pid)+"/oom_score_adj", strconv.Itoa(*t.OOMScore))
}

// raiseLimit raises a hard limit. To lower it is up to the process, when it needs no more.
func raiseLimit(pid int, limit HardLimit) error {
	var now unix.Rlimit
	if err := unix.Prlimit(pid, limit.Resource, nil, &now); err != nil || limit.Value <= now.Max {
		return err
	}
	now.Max = limit.Value
	return unix.Prlimit(pid, limit.Resource, &now, nil)
}
