package subsystems

import (
	"math"
	"strconv"
)

// CPUName is the controller that shares out CPU time.
const CPUName = "cpu"

// The range of cpu.shares (kernel/sched/sched.h: MIN_SHARES, MAX_SHARES). The
// kernel moves a value outside it to the nearest end without an error.
const (
	MinCPUShares = 2
	MaxCPUShares = 262144
)

// cpuSettings weighs a container's CPU time against that of its siblings when
// they compete for a CPU: cpu.shares on v1, cpu.weight on v2.
func cpuSettings(version Version, res *ResourceConfig) []Setting {
	shares := res.CPUShares.Value
	if shares == 0 {
		return nil
	}
	weight := Setting{
		File: "cpu.shares", Value: strconv.FormatUint(shares, 10), Asked: res.CPUShares.Asked,
		Why: "When others want the same CPU, the container gets time in proportion to this weight; an idle CPU is its own.",
	}
	if version == V2 {
		weight.File, weight.Value = "cpu.weight", strconv.FormatUint(cpuWeight(shares), 10)
	}
	return []Setting{weight}
}

// cpuWeight maps v1 shares (2 to 262144, default 1024) to a v2 weight (1 to
// 10000, default 100) so that both ends and the default meet:
// 10^((l^2 + 125 l)/612 - 7/34) with l = log2(shares), rounded up. It is the
// mapping of today's OCI runtimes; their older, linear one gave 512 shares a
// weight of 20 instead of 59.
func cpuWeight(shares uint64) uint64 {
	if shares <= MinCPUShares {
		return 1
	}
	if shares >= MaxCPUShares {
		return 10000
	}
	l := math.Log2(float64(shares))
	return uint64(math.Ceil(math.Pow(10, (l*l+125*l)/612-7.0/34)))
}
