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
	// out above it, or in a cgroup that the container made itself.
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
		all, err := events(memory.Dir + "/memory.events")
		if err != nil {
			return OOM{}, err
		}
		own, err := events(memory.Dir + "/memory.events.local") // since Linux 5.2
		if own == "" {
			own = all
		}
		return OOM{count(all, "oom_kill"), count(own, "oom") > 0}, err
	}
	control, err := events(memory.Dir + "/memory.oom_control")
	if err != nil {
		return OOM{}, err
	}
	failed, err := events(memory.Dir + "/memory.failcnt")
	return OOM{count(control, "oom_kill"), failed != "0"}, err
}

// Refusals are the new tasks that the kernel has refused because of a limit on them.
type Refusals struct {
	Tasks int
	// AtLimit is whether the container has come to its own limit. If not, a cgroup
	// above or below it has.
	AtLimit bool
}

// Refused tells of the container's forks and new threads: pids.events counts what was
// refused (Linux 4.7), and pids.peak tells how many there were (Linux 6.1).
func (m *CgroupManager) Refused() (Refusals, error) {
	pids, limited := m.ByController()[subsystems.PidsName]
	if !limited {
		return Refusals{}, nil
	}
	refused, err := events(pids.Dir + "/pids.events")
	if err != nil {
		return Refusals{}, err
	}
	content, err := events(pids.Dir + "/pids.peak")
	peak, unknown := strconv.Atoi(content)
	limit := m.Resource.PidsLimit.Value
	return Refusals{count(refused, "max"), limit > 0 && (unknown != nil || peak >= int(limit))}, err
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
