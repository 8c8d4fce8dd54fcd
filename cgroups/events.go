package cgroups

import (
	"strconv"
	"strings"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// OOM is what the kernel has killed for want of memory.
type OOM struct {
	Kills int
	// AtLimit is whether the container has come to its own limit. If not, memory ran
	// out above it.
	AtLimit bool
}

// OOM tells of the container's processes: memory.events counts them on v2
// (cgroup-v2.rst), memory.oom_control on v1 since Linux 4.13. Without a memory
// cgroup there are none.
func (m *CgroupManager) OOM() (OOM, error) {
	memory, limited := m.ByController()[subsystems.MemoryName]
	if !limited {
		return OOM{}, nil
	}
	if memory.Version == subsystems.V2 {
		events, err := events(memory.Dir + "/memory.events")
		return OOM{count(events, "oom_kill"), count(events, "oom") > 0}, err
	}
	control, err := events(memory.Dir + "/memory.oom_control")
	if err != nil {
		return OOM{}, err
	}
	failed, err := events(memory.Dir + "/memory.failcnt")
	return OOM{count(control, "oom_kill"), failed != "0"}, err
}

// RefusedTasks returns how many forks and new threads of the container the kernel
// has refused for a limit on tasks: pids.events (Linux 4.7).
func (m *CgroupManager) RefusedTasks() (int, error) {
	pids, limited := m.ByController()[subsystems.PidsName]
	if !limited {
		return 0, nil
	}
	events, err := events(pids.Dir + "/pids.events")
	return count(events, "max"), err
}

// events reads a file; without the controller, or on an older kernel, it is not there.
func events(file string) (string, error) {
	content, err := utils.ReadFile(file)
	if utils.Gone(err) {
		return "", nil
	}
	return content, err
}

// count finds a counter in lines of "key value".
func count(events, counter string) int {
	for line := range strings.Lines(events) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if count, err := strconv.Atoi(value); key == counter && err == nil {
			return count
		}
	}
	return 0
}
