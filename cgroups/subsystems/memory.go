package subsystems

import (
	"math"
	"strconv"
)

// MemoryName is the controller that limits memory.
const MemoryName = "memory"

// memorySettings limits the memory of a container, page cache and kernel memory
// included: memory.limit_in_bytes on v1 (Documentation/admin-guide/cgroup-v1/
// memory.rst), memory.max on v2 (cgroup-v2.rst). The kernel rounds down to
// whole pages. Besides, it may use as much swap, as in Docker: memory and swap
// together in memory.memsw.limit_in_bytes on v1, swap in memory.swap.max on v2.
// Where the kernel does not count swap, these files are not there.
func memorySettings(version Version, res *ResourceConfig) []Setting {
	limit, asked := res.Memory.Value, res.Memory.Asked
	if limit == 0 {
		return nil
	}
	memory := Setting{
		File: "memory.limit_in_bytes", Value: strconv.FormatInt(limit, 10), Asked: asked,
		Why: "The container's processes, their page cache and kernel memory get no more bytes than this; a process is killed when nothing can be freed.",
	}
	swap := Setting{
		File: "memory.memsw.limit_in_bytes", Value: strconv.FormatInt(limit+min(limit, math.MaxInt64-limit), 10), Asked: asked, Optional: true,
		Why: "Memory and swap together get no more bytes than this.",
	}
	if version == V2 {
		memory.File = "memory.max"
		swap.File, swap.Value = "memory.swap.max", memory.Value
		swap.Why = "No more bytes than this are moved out to swap."
	}
	return []Setting{memory, swap}
}
