package subsystems

import (
	"fmt"

	"mydocker/utils"
)

// Limit is one wanted value. Asked tells a limit that the user gave, by flag
// or environment, from a built-in default: a default that the host cannot
// give is left out with a warning, a limit that was asked for holds or the
// command does not start.
type Limit[T any] struct {
	Value T
	Asked bool
}

// ResourceConfig holds the validated limits of one container. The zero value
// limits nothing.
type ResourceConfig struct {
	// Memory is the most memory in bytes, 0 for no limit.
	Memory Limit[int64]
	// CPUs are the CPUs the container may run on, empty for all.
	CPUs Limit[utils.CPUList]
	// CPUShares is the relative weight, MinCPUShares to MaxCPUShares, or 0
	// for the kernel's default of 1024.
	CPUShares Limit[uint64]
}

// Sets reports whether res limits anything by the controller called name.
func (r *ResourceConfig) Sets(name string) bool {
	switch name {
	case MemoryName:
		return r.Memory.Value > 0
	case CPUSetName:
		return len(r.CPUs.Value) > 0
	case CPUName:
		return r.CPUShares.Value > 0
	}
	return false
}

// Asked reports whether the user asked for the limit that the controller
// called name holds.
func (r *ResourceConfig) Asked(name string) bool {
	switch name {
	case MemoryName:
		return r.Memory.Asked && r.Sets(name)
	case CPUSetName:
		return r.CPUs.Asked && r.Sets(name)
	case CPUName:
		return r.CPUShares.Asked && r.Sets(name)
	}
	return false
}

// Drop lifts the limit that the controller called name holds.
func (r *ResourceConfig) Drop(name string) {
	switch name {
	case MemoryName:
		r.Memory = Limit[int64]{}
	case CPUSetName:
		r.CPUs = Limit[utils.CPUList]{}
	case CPUName:
		r.CPUShares = Limit[uint64]{}
	}
}

// MinMemory is the smallest memory limit in bytes that a container starts
// under: below it the init process itself would meet the OOM killer. See
// docs/performance.md for how it was measured.
const MinMemory = 2 << 20

// Validate checks the ranges of the limits that are set.
func (r *ResourceConfig) Validate() error {
	if r.Sets(MemoryName) && r.Memory.Value < MinMemory {
		return fmt.Errorf("memory limit of %d bytes is below the minimum of %d bytes (%dm)", r.Memory.Value, MinMemory, MinMemory>>20)
	}
	if shares := r.CPUShares.Value; r.Sets(CPUName) && (shares < MinCPUShares || shares > MaxCPUShares) {
		return fmt.Errorf("cpu shares of %d are out of range: %d to %d, or 0 for the kernel's default", shares, MinCPUShares, MaxCPUShares)
	}
	return nil
}
