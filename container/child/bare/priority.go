package bare

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// setLabels comes before the process is in a container, whose /proc may be anything.
func (i *Init) setLabels() (string, syscall.Errno) {
	operand := asItWas
	if !i.config.process.labels {
		return operand, 0
	}
	for label, rest, more := nextOf(wire.KeyLabel, i.config.process.message); more; label, rest, more = nextOf(wire.KeyLabel, rest) {
		operand = label
		if errno := i.writeSetting(label); errno != 0 {
			return operand, errno
		}
	}
	return operand, 0
}

// setPriorities says how the kernel runs the process, while it may still do that.
func (i *Init) setPriorities() (string, syscall.Errno) {
	p, s := &i.config.process, &i.config.security
	if errno := setScheduler(p.scheduler); errno != 0 {
		return "sched_setattr", errno
	}
	if errno := setIOPriority(p.ioPriority); errno != 0 {
		return "ioprio_set", errno
	}
	if errno := setMemoryPolicy(s.memoryPolicy); errno != 0 {
		return "set_mempolicy", errno
	}
	return "personality", setPersonality(s.personality)
}

// cutNumbers splits as many numbers off as there is room for. All have to be there.
func cutNumbers(s string, numbers []uint64) (ok bool) {
	for n := range numbers {
		if numbers[n], s, ok = cutNumber(s); !ok {
			return false
		}
	}
	return s == ""
}

func setScheduler(value string) syscall.Errno {
	if value == "" {
		return 0
	}
	var numbers [7]uint64
	if !cutNumbers(value, numbers[:]) {
		return unix.EPROTO
	}
	attributes := unix.SchedAttr{
		Size: unix.SizeofSchedAttr, Policy: uint32(numbers[0]), Flags: numbers[1], Nice: int32(numbers[2]), Priority: uint32(numbers[3]),
		Runtime: numbers[4], Deadline: numbers[5], Period: numbers[6],
	}
	_, _, errno := syscall.RawSyscall(unix.SYS_SCHED_SETATTR, 0, uintptr(unsafe.Pointer(&attributes)), 0)
	return errno
}

func setIOPriority(value string) syscall.Errno {
	if value == "" {
		return 0
	}
	const ofProcess = 1 // IOPRIO_WHO_PROCESS
	var priority [1]uint64
	if !cutNumbers(value, priority[:]) {
		return unix.EPROTO
	}
	_, _, errno := syscall.RawSyscall(unix.SYS_IOPRIO_SET, ofProcess, 0, uintptr(priority[0]))
	return errno
}

func setPersonality(value string) syscall.Errno {
	if value == "" {
		return 0
	}
	var personality [1]uint64
	if !cutNumbers(value, personality[:]) {
		return unix.EPROTO
	}
	_, _, errno := syscall.RawSyscall(unix.SYS_PERSONALITY, uintptr(personality[0]), 0, 0)
	return errno
}

func setMemoryPolicy(value string) syscall.Errno {
	if value == "" {
		return 0
	}
	mode, rest, ok := cutNumber(value)
	var nodes [wire.MaxNodeWords]uint64
	words := 0
	for ; ok && rest != "" && words < len(nodes); words++ {
		nodes[words], rest, ok = cutNumber(rest)
	}
	if !ok || rest != "" {
		return unix.EPROTO
	}
	mask := uintptr(0) // none
	if words > 0 {
		mask = uintptr(unsafe.Pointer(&nodes))
	}
	const bits = 64
	bound := uintptr(words)*bits + 1 // the kernel takes one bit less
	if words == 0 {
		bound = 0
	}
	_, _, errno := syscall.RawSyscall(unix.SYS_SET_MEMPOLICY, uintptr(mode), mask, bound)
	return errno
}
