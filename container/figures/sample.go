// Package figures reads what a container that runs uses, and what its processes are.
package figures

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/group"
	"github.com/mydocker/mydocker/utils"
)

// Container says where the figures of a container are.
type Container struct {
	// Pid is the host's pid of its PID 1.
	Pid int
	// Cgroups are the directories of its cgroups, as package group has them.
	Cgroups map[string]string
	// OwnNetwork is whether its network is its own.
	OwnNetwork bool
}

// Sample is what a container has used until a moment, and uses then.
type Sample struct {
	At time.Time
	// CPU is the time of all its processes.
	CPU time.Duration
	// Memory is without the file cache that nobody needs (inactive_file), as Docker computes it. Limit
	// is that of the host where the container has none.
	Memory, Limit uint64
	// Received and Sent are bytes of its network, Read and Written of its devices.
	Received, Sent, Read, Written uint64
	PIDs                          uint64
}

// CPUPercent is the part of one CPU that was used since an earlier sample: 200 is two CPUs.
func (s *Sample) CPUPercent(before *Sample) float64 {
	wall := s.At.Sub(before.At)
	if wall <= 0 || s.CPU < before.CPU {
		return 0
	}
	return 100 * float64(s.CPU-before.CPU) / float64(wall)
}

// MemoryPercent is the part of its limit that it uses.
func (s *Sample) MemoryPercent() float64 {
	if s.Limit == 0 {
		return 0
	}
	return 100 * float64(s.Memory) / float64(s.Limit)
}

// Take takes a sample. What the cgroups do not count its processes tell.
func (c *Container) Take() (*Sample, error) {
	g := group.Open(c.Cgroups)
	stats, err := g.Stats()
	if err != nil && !utils.Gone(err) {
		return nil, err
	}
	s := &Sample{At: time.Now(), PIDs: stats.Pids.Current, CPU: time.Duration(stats.CPU.Usage.Total)}
	s.Memory, s.Limit = memoryOf(&stats.Memory), stats.Memory.Usage.Limit
	for _, entry := range stats.IO.Bytes {
		switch strings.ToLower(entry.Operation) {
		case "read":
			s.Read += entry.Value
		case "write":
			s.Written += entry.Value
		}
	}
	if s.PIDs == 0 || s.CPU == 0 || s.Memory == 0 {
		if err := c.addProcesses(s); err != nil {
			return nil, err
		}
	}
	host, err := hostMemory()
	if err != nil {
		return nil, err
	}
	if s.Limit == 0 || s.Limit > host {
		s.Limit = host
	}
	if c.OwnNetwork {
		if s.Received, s.Sent, err = networkOf(c.Pid); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// memoryOf is the memory that is used, without the file cache that nobody has used for long. The
// names are those of v1 and v2.
func memoryOf(m *group.MemoryStats) uint64 {
	for _, name := range []string{"total_inactive_file", "inactive_file"} {
		if cache, is := m.Raw[name]; is && cache < m.Usage.Usage {
			return m.Usage.Usage - cache
		}
	}
	return m.Usage.Usage
}

// addProcesses adds the figures of the processes where the cgroups have none.
func (c *Container) addProcesses(s *Sample) error {
	list, err := c.Processes()
	var cpu time.Duration
	var memory uint64
	for n := range list {
		cpu += list[n].CPU
		memory += list[n].Memory
	}
	if s.PIDs == 0 {
		s.PIDs = uint64(len(list))
	}
	if s.CPU == 0 {
		s.CPU = cpu
	}
	if s.Memory == 0 {
		s.Memory = memory
	}
	return err
}

// hostMemory is MemTotal of proc_meminfo(5).
func hostMemory() (uint64, error) {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return 0, os.NewSyscallError("sysinfo", err)
	}
	return uint64(info.Totalram) * uint64(info.Unit), nil //nolint:unconvert // it has 32 bits on some machines
}

// networkOf adds up what the devices of a process's network namespace have counted, but for the
// loopback device. Of a process that is gone nothing is known.
func networkOf(pid int) (received, sent uint64, err error) {
	text, err := utils.ReadFile("/proc/" + strconv.Itoa(pid) + "/net/dev")
	if utils.Gone(err) || errors.Is(err, unix.EINVAL) {
		return 0, 0, nil
	}
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(text) {
		name, rest, is := strings.Cut(line, ":")
		fields := strings.Fields(rest)
		const sentColumn = 8
		if !is || strings.TrimSpace(name) == "lo" || len(fields) <= sentColumn {
			continue
		}
		in, inErr := strconv.ParseUint(fields[0], 10, 64)
		out, outErr := strconv.ParseUint(fields[sentColumn], 10, 64)
		if err := errors.Join(inErr, outErr); err != nil {
			return 0, 0, fmt.Errorf("net/dev of process %d: %w", pid, err)
		}
		received, sent = received+in, sent+out
	}
	return received, sent, nil
}

// Used is what the container has used so far, as far as its cgroups count it.
func (c *Container) Used() (group.Used, error) { return group.Open(c.Cgroups).Used() }
