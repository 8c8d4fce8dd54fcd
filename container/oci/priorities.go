package oci

import (
	"errors"
	"fmt"
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/mydocker/mydocker/container/decode"
	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// number is a name of the specification's with the kernel's number for it.
type number struct {
	name  string
	value uint64
}

func numberOf(list []number, name string) (uint64, error) {
	for _, n := range list {
		if n.name == name {
			return n.value, nil
		}
	}
	return 0, fmt.Errorf("unknown value %q", utils.Shortened(name))
}

// flagsOf adds the numbers of names up.
func flagsOf[T ~string](list []number, names []T) (flags uint64, err error) {
	for n, name := range names {
		flag, err := numberOf(list, string(name))
		if err != nil {
			return 0, decode.InElement(n, err)
		}
		flags |= flag
	}
	return flags, nil
}

const (
	schedFIFO     = 1
	schedRR       = 2
	schedDeadline = 6
)

// policies are those of sched(7).
func policies() []number {
	return []number{
		{"SCHED_OTHER", 0}, {"SCHED_FIFO", schedFIFO}, {"SCHED_RR", schedRR}, {"SCHED_BATCH", 3},
		{"SCHED_ISO", 4}, {"SCHED_IDLE", 5}, {"SCHED_DEADLINE", schedDeadline},
	}
}

// schedulerFlags are those of sched_setattr(2).
func schedulerFlags() []number {
	return []number{
		{"SCHED_FLAG_RESET_ON_FORK", 0x1}, {"SCHED_FLAG_RECLAIM", 0x2}, {"SCHED_FLAG_DL_OVERRUN", 0x4}, {"SCHED_FLAG_KEEP_POLICY", 0x8},
		{"SCHED_FLAG_KEEP_PARAMS", 0x10}, {"SCHED_FLAG_UTIL_CLAMP_MIN", 0x20}, {"SCHED_FLAG_UTIL_CLAMP_MAX", 0x40},
	}
}

// scheduler is process.scheduler in wire's form.
func scheduler(s *specs.Scheduler) (string, error) {
	const lowest, highest = 19, -20 // as nice(1) counts
	if s == nil {
		return "", nil
	}
	policy, err := numberOf(policies(), string(s.Policy))
	if err != nil {
		return "", in("policy", err)
	}
	flags, err := flagsOf(schedulerFlags(), s.Flags)
	switch {
	case err != nil:
		return "", in("flags", err)
	case s.Nice > lowest || s.Nice < highest:
		return "", in("nice", fmt.Errorf("%d is not from %d to %d", s.Nice, highest, lowest))
	case s.Priority < 0:
		return "", in("priority", fmt.Errorf("%d is below 0", s.Priority))
	case s.Priority != 0 && policy != schedFIFO && policy != schedRR:
		return "", in("priority", fmt.Errorf("only SCHED_FIFO and SCHED_RR have one, not %s", s.Policy))
	case s.Runtime|s.Deadline|s.Period != 0 && policy != schedDeadline:
		return "", in("runtime", fmt.Errorf("only SCHED_DEADLINE has a runtime, a deadline and a period, not %s", s.Policy))
	}
	return fmt.Sprintf("%x %x %x %x %x %x %x ", policy, flags, uint32(s.Nice), s.Priority, s.Runtime, s.Deadline, s.Period), nil
}

// ioPriority is process.ioPriority in wire's form: the number of ioprio_set(2).
func ioPriority(p *specs.LinuxIOPriority) (string, error) {
	const classShift, lowest = 13, 7
	if p == nil {
		return "", nil
	}
	class, err := numberOf([]number{{"IOPRIO_CLASS_RT", 1}, {"IOPRIO_CLASS_BE", 2}, {"IOPRIO_CLASS_IDLE", 3}}, string(p.Class))
	if err != nil {
		return "", in("class", err)
	}
	if p.Priority < 0 || p.Priority > lowest {
		return "", in("priority", fmt.Errorf("%d is not from 0 to %d", p.Priority, lowest))
	}
	return fmt.Sprintf("%x ", class<<classShift|uint64(p.Priority)), nil
}

// personality is linux.personality in wire's form.
func personality(p *specs.LinuxPersonality) (string, error) {
	if p == nil {
		return "", nil
	}
	domain, err := numberOf([]number{{"LINUX", 0}, {"LINUX32", 8}}, string(p.Domain))
	if err != nil {
		return "", in("domain", err)
	}
	if len(p.Flags) > 0 {
		return "", in("flags", errors.New("the specification has none"))
	}
	return fmt.Sprintf("%x ", domain), nil
}

const (
	memoryDefault = 0
	memoryLocal   = 4
)

// memoryModes are those of set_mempolicy(2).
func memoryModes() []number {
	return []number{
		{"MPOL_DEFAULT", memoryDefault}, {"MPOL_PREFERRED", 1}, {"MPOL_BIND", 2}, {"MPOL_INTERLEAVE", 3},
		{"MPOL_LOCAL", memoryLocal}, {"MPOL_PREFERRED_MANY", 5}, {"MPOL_WEIGHTED_INTERLEAVE", 6},
	}
}

func memoryFlags() []number {
	return []number{{"MPOL_F_STATIC_NODES", 1 << 15}, {"MPOL_F_RELATIVE_NODES", 1 << 14}, {"MPOL_F_NUMA_BALANCING", 1 << 13}}
}

// MemoryPolicies lists the modes of linux.memoryPolicy, and its flags.
func MemoryPolicies() (modes, flags []string) { return namesOf(memoryModes()), namesOf(memoryFlags()) }

func namesOf(list []number) (names []string) {
	for _, n := range list {
		names = append(names, n.name)
	}
	slices.Sort(names)
	return names
}

// memoryPolicy is linux.memoryPolicy in wire's form. Without nodes the kernel takes the mode for
// that of all, or refuses it. The words of the errors are runc's, for who looks for them.
func memoryPolicy(p *specs.LinuxMemoryPolicy) (string, error) {
	if p == nil {
		return "", nil
	}
	mode, err := numberOf(memoryModes(), string(p.Mode))
	if err != nil {
		return "", in("mode", fmt.Errorf("invalid memory policy mode: %w", err))
	}
	words, count, err := memoryNodes(p.Nodes)
	if err != nil {
		return "", in("nodes", fmt.Errorf("invalid memory policy nodes: %w", err))
	}
	if count > 0 && (mode == memoryDefault || mode == memoryLocal) {
		return "", in("nodes", fmt.Errorf("%s mode requires 0 nodes but got %d", p.Mode, count))
	}
	for n, name := range p.Flags {
		flag, err := numberOf(memoryFlags(), string(name))
		if err != nil {
			return "", in("flags", decode.InElement(n, fmt.Errorf("invalid memory policy flag: %w", err)))
		}
		mode |= flag
	}
	text := fmt.Sprintf("%x ", mode)
	for _, word := range words {
		text += fmt.Sprintf("%x ", word)
	}
	return text, nil
}

// memoryNodes are the words of a mask of nodes, which are written as CPUs are, and how many these are.
func memoryNodes(list string) (words []uint64, count int, err error) {
	const bits = 64
	if list == "" {
		return nil, 0, nil
	}
	nodes, err := utils.ParseCPUList(list)
	if err != nil {
		return nil, 0, err
	}
	var mask [wire.MaxNodeWords]uint64
	used := 0
	for _, node := range nodes {
		if node >= bits*len(mask) {
			return nil, 0, fmt.Errorf("there is no memory node %d", node)
		}
		mask[node/bits] |= 1 << (node % bits)
		used = max(used, node/bits+1)
	}
	return mask[:used], len(nodes), nil
}

// checkAffinity checks process.execCPUAffinity.
func checkAffinity(a *specs.CPUAffinity) error {
	if a == nil {
		return nil
	}
	for _, list := range []struct{ field, cpus string }{{"initial", a.Initial}, {"final", a.Final}} {
		if list.cpus == "" {
			continue
		}
		if _, err := utils.ParseCPUList(list.cpus); err != nil {
			return in(list.field, err)
		}
	}
	return nil
}

// prioritise adds how the kernel is to run a process.
func prioritise(p *specs.Process, world *wire.Process) (err error) {
	if world.Scheduler, err = scheduler(p.Scheduler); err != nil {
		return in("scheduler", err)
	}
	if world.IOPriority, err = ioPriority(p.IOPriority); err != nil {
		return in("ioPriority", err)
	}
	return in("execCPUAffinity", checkAffinity(p.ExecCPUAffinity))
}

// domains adds what holds for each process of the container.
func (l *loader) domains() (err error) {
	security := &l.plan.Message.Security
	if security.Personality, err = personality(l.spec.Linux.Personality); err != nil {
		return in("linux.personality", err)
	}
	security.MemoryPolicy, err = memoryPolicy(l.spec.Linux.MemoryPolicy)
	return in("linux.memoryPolicy", err)
}
