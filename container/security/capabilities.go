// Package security computes what the command may do, and what it may not although it
// is root: numbers and bytes, which init hands to the kernel.
package security

import (
	"fmt"
	"math/bits"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/spec"
)

// Set is a set of capabilities, capability 0 as the lowest bit.
type Set uint64

// Has reports whether the capability is in s.
func (s Set) Has(capability int) bool { return s>>capability&1 != 0 }

// Names lists the names of those in s. One that is newer than this program has none.
func (s Set) Names() []string {
	names := make([]string, 0, bits.OnesCount64(uint64(s)))
	for number, capability := range spec.Capabilities() {
		if s.Has(number) {
			names = append(names, capability.Name)
		}
	}
	return names
}

// everything is each capability that any kernel has.
const everything = ^Set(0)

// Default are the capabilities that Docker gives a container.
func Default() Set {
	return 1<<unix.CAP_CHOWN | 1<<unix.CAP_DAC_OVERRIDE | 1<<unix.CAP_FSETID | 1<<unix.CAP_FOWNER |
		1<<unix.CAP_MKNOD | 1<<unix.CAP_NET_RAW | 1<<unix.CAP_SETGID | 1<<unix.CAP_SETUID |
		1<<unix.CAP_SETFCAP | 1<<unix.CAP_SETPCAP | 1<<unix.CAP_NET_BIND_SERVICE | 1<<unix.CAP_SYS_CHROOT |
		1<<unix.CAP_KILL | 1<<unix.CAP_AUDIT_WRITE
}

// Known are the capabilities that this kernel has, and Bounding those of them that a
// process may get by an execve.
func Known() (known, bounding Set) {
	for capability := range bits.UintSize {
		value, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, uintptr(capability), 0, 0, 0)
		if err != nil {
			break // cap_last_cap is passed
		}
		known |= 1 << capability
		bounding |= Set(value) << capability
	}
	return known, bounding
}

// Wanted are the capabilities that s asks for, as Docker has it: what is added and
// dropped changes a default, unless it is ALL. Available are those that the command can
// have. One that was asked for and is not among them is an error.
func Wanted(s *spec.Security, ownRoot bool, known, available Set) (Set, error) {
	basics := everything
	if ownRoot && !s.Privileged {
		basics = Default()
	}
	add, addAll, err := setOf(s.CapAdd)
	if err != nil {
		return 0, err
	}
	drop, dropAll, err := setOf(s.CapDrop)
	if err != nil {
		return 0, err
	}
	if err := refuseMissing(add, drop, addAll, known, available); err != nil {
		return 0, err
	}
	switch {
	case addAll:
		return available &^ drop, nil
	case dropAll:
		return available & add, nil
	}
	return available & (basics&^drop | add), nil
}

// setOf reads a list of names. ALL is not in the set.
func setOf(names []string) (set Set, all bool, err error) {
	for _, name := range names {
		number := spec.CapabilityNumber(name)
		if number < 0 && name != spec.AllCapabilities {
			return 0, false, fmt.Errorf("unknown capability %q", name)
		}
		if number >= 0 {
			set |= 1 << number
		}
	}
	return set, slices.Contains(names, spec.AllCapabilities), nil
}

// refuseMissing names the first capability that was asked for and cannot be had. Behind
// ALL, what is dropped again need not be there.
func refuseMissing(add, drop Set, addAll bool, known, available Set) error {
	if addAll {
		add &^= drop
	}
	for _, name := range (add &^ known).Names() {
		return fmt.Errorf("--cap-add %s: this kernel has no such capability", name)
	}
	for _, name := range (add &^ available).Names() {
		return fmt.Errorf("--cap-add %s: mydocker cannot give what it does not have (CapBnd in /proc/self/status): run it as root, and in a container with --cap-add %s", name, name)
	}
	return nil
}
