package subsystems

import (
	"errors"
	"math"
	"strconv"

	"golang.org/x/sys/unix"
)

// MemoryName is the controller that limits memory.
const MemoryName = "memory"

// Memory limits the memory of a container, page cache and kernel memory
// included: memory.limit_in_bytes on v1 (Documentation/admin-guide/cgroup-v1/
// memory.rst), memory.max on v2 (cgroup-v2.rst). The kernel rounds down to
// whole pages. Besides, it may use as much swap, as in Docker: memory and swap
// together in memory.memsw.limit_in_bytes on v1, swap in memory.swap.max on v2.
// Where the kernel does not count swap, these files are not there.
type Memory struct{ controller }

// Set implements Subsystem.
func (m *Memory) Set(path string, res *ResourceConfig) error {
	if !res.Sets(MemoryName) {
		return nil
	}
	limit := res.Memory.Value
	file, swapFile, swap := "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", limit+min(limit, math.MaxInt64-limit)
	if m.hierarchy.Version == V2 {
		file, swapFile, swap = "memory.max", "memory.swap.max", limit
	}
	if err := m.set(path, file, strconv.FormatInt(limit, 10)); err != nil {
		return err
	}
	err := m.set(path, swapFile, strconv.FormatInt(swap, 10))
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	return err
}
