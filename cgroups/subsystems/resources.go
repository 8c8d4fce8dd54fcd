package subsystems

import (
	"errors"
	"fmt"

	"github.com/mydocker/mydocker/utils"
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

	// PidsLimit is the most tasks, up to MaxPids, 0 for no limit.
	PidsLimit Limit[int64]

	// The following have no default: the user asked for what is not zero.

	// MemorySwap is the most memory and swap together in bytes, UnlimitedSwap
	// for no limit, 0 for twice the memory.
	MemorySwap int64
	// MemoryReservation is what the container is left with, in bytes, when
	// memory is short on the host.
	MemoryReservation int64
	// OOMGroup has all processes killed where one would be.
	OOMGroup bool
	// CPUQuota is the most CPU time in microseconds, at least MinCPUQuota, in
	// each CPUPeriod, MinCPUPeriod to MaxCPUPeriod, or 0 for the kernel's.
	CPUQuota, CPUPeriod int64
	// CPUSetMems are the memory nodes (NUMA).
	CPUSetMems utils.CPUList
	// BlkioWeight is the weight of block I/O, MinBlkioWeight to MaxBlkioWeight.
	BlkioWeight uint64
	// DeviceRates limit the access to block devices.
	DeviceRates []DeviceRate
	// Devices are those that may be used; none leaves them all.
	Devices []DeviceRule
	// Conf are further files, which are written last.
	Conf []Conf

	// Dropped are the controllers whose limits are lifted.
	Dropped []string `json:",omitempty"`
}

// MinMemory is the smallest memory limit in bytes that a container starts
// under: below it the init process itself would meet the OOM killer. See
// docs/performance.md for how it was measured.
const MinMemory = 2 << 20

// DefaultPids is how many tasks a container with a root file system of its own may have.
const DefaultPids = 2048

// UseContainerDefaults replaces the defaults by those of a container with a root file
// system of its own. As in Docker there is no limit on memory and CPUs; but a fork bomb
// takes more from a host than any other thing that a container does by mistake.
func (r *ResourceConfig) UseContainerDefaults() {
	if !r.Memory.Asked {
		r.Memory = Limit[int64]{Asked: true} // as if it was lifted
	}
	if !r.CPUs.Asked {
		r.CPUs = Limit[utils.CPUList]{Asked: true}
	}
	if !r.CPUShares.Asked {
		r.CPUShares = Limit[uint64]{Asked: true}
	}
	if !r.PidsLimit.Asked {
		r.PidsLimit.Value = DefaultPids
	}
}

// UnlimitedSwap as MemorySwap is no limit.
const UnlimitedSwap = -1

// Validate checks the ranges of the limits that are set.
func (r *ResourceConfig) Validate() error {
	if r.Memory.Value != 0 && r.Memory.Value < MinMemory {
		return fmt.Errorf("memory limit of %d bytes is below the minimum of %d bytes (%dm)", r.Memory.Value, MinMemory, MinMemory>>20)
	}
	if shares := r.CPUShares.Value; shares != 0 && (shares < MinCPUShares || shares > MaxCPUShares) {
		return fmt.Errorf("cpu shares of %d are out of range: %d to %d, or 0 for the kernel's default", shares, MinCPUShares, MaxCPUShares)
	}
	if err := r.validateSwap(); err != nil {
		return err
	}
	return r.validateRare()
}

func (r *ResourceConfig) validateSwap() error {
	memory := r.Memory.Value
	switch {
	case r.MemorySwap < UnlimitedSwap:
		return fmt.Errorf("memory and swap of %d bytes: only %d, for no limit, is less than 0", r.MemorySwap, UnlimitedSwap)
	case r.MemorySwap > 0 && (memory == 0 || !r.Memory.Asked):
		return errors.New("a limit of memory and swap together needs one of memory: give --memory, too")
	case r.MemorySwap > 0 && r.MemorySwap < memory:
		return fmt.Errorf("memory and swap together, %d bytes, are less than memory alone, %d", r.MemorySwap, memory)
	case r.MemoryReservation != 0 && r.MemoryReservation < MinMemory:
		return fmt.Errorf("memory reservation of %d bytes is below the minimum of %d bytes (%dm)", r.MemoryReservation, MinMemory, MinMemory>>20)
	case memory != 0 && r.MemoryReservation > memory:
		return fmt.Errorf("memory reservation of %d bytes is above the memory limit of %d", r.MemoryReservation, memory)
	}
	return nil
}

func (r *ResourceConfig) validateRare() error {
	switch {
	case r.CPUPeriod != 0 && (r.CPUPeriod < MinCPUPeriod || r.CPUPeriod > MaxCPUPeriod):
		return fmt.Errorf("cpu period of %d is out of range: %d to %d microseconds", r.CPUPeriod, MinCPUPeriod, MaxCPUPeriod)
	case r.CPUQuota != 0 && r.CPUQuota < MinCPUQuota:
		return fmt.Errorf("cpu quota of %d is below the minimum of %d microseconds", r.CPUQuota, MinCPUQuota)
	case r.PidsLimit.Value < 0 || r.PidsLimit.Value > MaxPids:
		return fmt.Errorf("pids limit of %d is out of range: 1 to %d, or -1 for no limit", r.PidsLimit.Value, MaxPids)
	case r.BlkioWeight != 0 && (r.BlkioWeight < MinBlkioWeight || r.BlkioWeight > MaxBlkioWeight):
		return fmt.Errorf("block I/O weight of %d is out of range: %d to %d, or 0 for the kernel's default", r.BlkioWeight, MinBlkioWeight, MaxBlkioWeight)
	}
	return nil
}
