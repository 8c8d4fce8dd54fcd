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

	// dropped are the controllers whose limits are lifted.
	dropped []string
}

// MinMemory is the smallest memory limit in bytes that a container starts
// under: below it the init process itself would meet the OOM killer. See
// docs/performance.md for how it was measured.
const MinMemory = 2 << 20

// Validate checks the ranges of the limits that are set.
func (r *ResourceConfig) Validate() error {
	if r.Memory.Value != 0 && r.Memory.Value < MinMemory {
		return fmt.Errorf("memory limit of %d bytes is below the minimum of %d bytes (%dm)", r.Memory.Value, MinMemory, MinMemory>>20)
	}
	if shares := r.CPUShares.Value; shares != 0 && (shares < MinCPUShares || shares > MaxCPUShares) {
		return fmt.Errorf("cpu shares of %d are out of range: %d to %d, or 0 for the kernel's default", shares, MinCPUShares, MaxCPUShares)
	}
	return nil
}
