package subsystems

import "strconv"

// MemoryName is the controller that limits memory.
const MemoryName = "memory"

// Memory limits the memory of a container, page cache and kernel memory
// included: memory.limit_in_bytes on v1 (Documentation/admin-guide/cgroup-v1/
// memory.rst), memory.max on v2 (cgroup-v2.rst). The kernel rounds down to
// whole pages.
type Memory struct{ controller }

// Set implements Subsystem.
func (m *Memory) Set(path string, res *ResourceConfig) error {
	if !res.Sets(MemoryName) {
		return nil
	}
	file := "memory.limit_in_bytes"
	if m.hierarchy.Version == V2 {
		file = "memory.max"
	}
	return m.set(path, file, strconv.FormatInt(res.Memory.Value, 10))
}
