package lifecycle

import (
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Processes lists the processes of a container, by their pids on the host.
func (c *Container) Processes() ([]int, error) {
	if err := c.checkThere(); err != nil {
		return nil, err
	}
	return c.pids()
}

// pids lists what is in the container's cgroups. One of a user who may make none has its PID
// namespace alone, or is known by its first process.
func (c *Container) pids() ([]int, error) {
	switch {
	case len(c.Cgroups) > 0:
		return c.group().Processes()
	case c.Joins&unix.CLONE_NEWPID != 0:
		return inPIDNamespaceOf(c.Pid)
	}
	return []int{c.Pid}, nil
}

func inPIDNamespaceOf(pid int) (pids []int, err error) {
	own, found := pidNamespace(pid)
	if !found {
		return nil, nil // it has ended
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if other, found := pidNamespace(pid); found && other == own {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

// pidNamespace is the inode of a process's PID namespace. Those of others are not to be seen.
func pidNamespace(pid int) (inode uint64, found bool) {
	var status unix.Stat_t
	err := unix.Stat(fmt.Sprintf("/proc/%d/ns/pid", pid), &status)
	return status.Ino, err == nil
}
