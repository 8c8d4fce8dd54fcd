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
// whole pages.
func memorySettings(version Version, res *ResourceConfig) []Setting {
	var settings []Setting
	if res.Memory.Value != 0 {
		limit := Setting{
			File: "memory.limit_in_bytes", Value: strconv.FormatInt(res.Memory.Value, 10), Asked: res.Memory.Asked,
			Why: "The container's processes, their page cache and kernel memory get no more bytes than this; a process is killed when nothing can be freed.",
		}
		if version == V2 {
			limit.File = "memory.max"
		}
		settings = append(settings, limit)
	}
	if res.Memory.Value != 0 || res.MemorySwap != 0 {
		settings = append(settings, swapSetting(version, res))
	}
	if res.MemoryReservation != 0 {
		reservation := Setting{
			File: "memory.soft_limit_in_bytes", Value: strconv.FormatInt(res.MemoryReservation, 10), Asked: true,
			Needs: "memory control groups without real-time preemption",
			Why:   "When memory is short on the host, the container is pushed back to this many bytes first.",
		}
		if version == V2 {
			reservation.File, reservation.Needs = "memory.low", ""
			reservation.Why = "When memory is short on the host, this many bytes are taken from the container last."
		}
		settings = append(settings, reservation)
	}
	if res.OOMGroup {
		settings = append(settings, Setting{
			File: "memory.oom.group", Value: "1", Asked: true, OnlyV2: true, Needs: "Linux 4.19", Flag: "--oom-group",
			Why: "When the kernel kills one process of the container because its memory is used up, it kills all of them.",
		})
	}
	return settings
}

// swapSetting limits swap: memory and swap together in memory.memsw.limit_in_bytes
// on v1, swap alone in memory.swap.max on v2. Unless something else was asked
// for, it is as much as memory, as in Docker. Where the kernel does not count
// swap, these files are not there.
func swapSetting(version Version, res *ResourceConfig) Setting {
	memory, total := res.Memory.Value, res.MemorySwap
	if total == 0 {
		total = memory + min(memory, math.MaxInt64-memory)
	}
	setting := Setting{
		File: "memory.memsw.limit_in_bytes", Value: strconv.FormatInt(total, 10), Asked: res.Memory.Asked || res.MemorySwap != 0,
		Optional: res.MemorySwap <= 0, Needs: "a kernel that counts swap: CONFIG_SWAP, and swapaccount=1 on the command line of an older one",
		Why: "Memory and swap together get no more bytes than this.",
	}
	if version == V1 {
		return setting
	}
	setting.File, setting.Value = "memory.swap.max", strconv.FormatInt(total-memory, 10)
	setting.Why = "No more bytes than this are moved out to swap."
	if res.MemorySwap == 0 {
		setting.Value = strconv.FormatInt(memory, 10)
	}
	if total == UnlimitedSwap {
		setting.Value = "max"
	}
	return setting
}
