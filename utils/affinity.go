package utils

import (
	"math/bits"

	"golang.org/x/sys/unix"
)

// Affinity lists the CPUs that a process may run on, 0 for the calling thread's
// (sched_getaffinity(2)); nil if the kernel does not tell.
func Affinity(pid int) CPUList {
	var set unix.CPUSet
	if unix.SchedGetaffinity(pid, &set) != nil {
		return nil
	}
	var cpus CPUList
	for i, word := range set {
		for ; word != 0; word &= word - 1 {
			cpus = append(cpus, i*bits.UintSize+bits.TrailingZeros(uint(word)))
		}
	}
	return cpus
}

// SetAffinity has a process run on these CPUs only.
func SetAffinity(pid int, cpus CPUList) error {
	var set unix.CPUSet
	for _, cpu := range cpus {
		set.Set(cpu)
	}
	return unix.SchedSetaffinity(pid, &set)
}

// ResetAffinity has a process run on all CPUs that its cgroup gives it, whatever its parent was started
// with: the kernel leaves out the others. Below a seccomp filter that forbids the call they stay.
func ResetAffinity(pid int) error {
	var set unix.CPUSet
	set.Fill()
	err := unix.SchedSetaffinity(pid, &set)
	return Ignore(err, unix.ESRCH, unix.EPERM, unix.ENOSYS)
}
