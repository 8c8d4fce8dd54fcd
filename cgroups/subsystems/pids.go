package subsystems

import "strconv"

// PidsName is the controller that counts processes.
const PidsName = "pids"

// MaxPids is the highest limit that the kernel takes (PID_MAX_LIMIT of
// include/linux/threads.h on 64 bits).
const MaxPids = 4 << 20

// pidsSettings limits the number of tasks, threads included, by pids.max
// (Documentation/admin-guide/cgroup-v1/pids.rst). On v1 a thread of mydocker is
// in the cgroup when it clones the container's first process, so one is too few.
func pidsSettings(_ Version, res *ResourceConfig) []Setting {
	limit := res.PidsLimit.Value
	if limit == 0 {
		return nil
	}
	return []Setting{{
		File: "pids.max", Value: strconv.FormatInt(limit, 10), Asked: res.PidsLimit.Asked, OnlyV2: limit == 1, Flag: "--pids-limit 1",
		Why: "A fork or a new thread beyond this number of tasks fails (EAGAIN).",
	}}
}
