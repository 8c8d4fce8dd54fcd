package subsystems

import (
	"cmp"
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

// The range of the period in microseconds, and the least quota (kernel/sched/
// core.c: max_cfs_quota_period, min_cfs_quota_period).
const (
	MinCPUPeriod = 1000
	MaxCPUPeriod = 1000000
	MinCPUQuota  = 1000
)

// defaultCPUPeriod is the kernel's, in microseconds.
const defaultCPUPeriod = 100000

// cpuSettings weighs a container's CPU time against that of its siblings when
// they compete for a CPU: cpu.shares on v1, cpu.weight on v2. The quota is the
// most that it gets in each period, whoever competes: cpu.cfs_quota_us and
// cpu.cfs_period_us on v1 (Documentation/scheduler/sched-bwc.rst), cpu.max on v2.
func cpuSettings(version Version, res *ResourceConfig) []Setting {
	var settings []Setting
	if shares := res.CPUShares.Value; shares != 0 {
		weight := Setting{
			File: "cpu.shares", Value: strconv.FormatUint(shares, 10), Asked: res.CPUShares.Asked,
			Why: "When others want the same CPU, the container gets time in proportion to this weight; an idle CPU is its own.",
		}
		if version == V2 {
			weight.File, weight.Value = "cpu.weight", strconv.FormatUint(CPUWeight(shares), 10)
		}
		settings = append(settings, weight)
	}
	return append(settings, bandwidthSettings(version, res)...)
}

func bandwidthSettings(version Version, res *ResourceConfig) []Setting {
	if res.CPUQuota == 0 && res.CPUPeriod == 0 {
		return nil
	}
	const needs = "CONFIG_CFS_BANDWIDTH"
	const why = "In each period the container's processes get no more CPU time than the quota, all CPUs together; then they wait for the next."
	period := strconv.FormatInt(cmp.Or(res.CPUPeriod, defaultCPUPeriod), 10)
	quota := strconv.FormatInt(res.CPUQuota, 10)
	if version == V2 {
		if res.CPUQuota == 0 {
			quota = "max"
		}
		return []Setting{{File: "cpu.max", Value: quota + " " + period, Asked: true, Needs: needs, Why: why}}
	}
	settings := []Setting{{
		File: "cpu.cfs_period_us", Value: period, Asked: true, Needs: needs,
		Why: "CPU time is given out for periods of so many microseconds.",
	}}
	if res.CPUQuota != 0 {
		settings = append(settings, Setting{File: "cpu.cfs_quota_us", Value: quota, Asked: true, Needs: needs, Why: why})
	}
	return settings
}

// CPUWeight maps v1 shares (2 to 262144, default 1024) to a v2 weight (1 to
// 10000, default 100) so that both ends and the default meet:
// 10^((l^2 + 125 l)/612 - 7/34) with l = log2(shares), rounded up. It is the
// mapping of today's OCI runtimes; their older, linear one gave 512 shares a
// weight of 20 instead of 59.
func CPUWeight(shares uint64) uint64 {
	if shares <= MinCPUShares {
		return 1
	}
	if shares >= MaxCPUShares {
		return 10000
	}
	l := math.Log2(float64(shares))
	return uint64(math.Ceil(math.Pow(10, (l*l+125*l)/612-7.0/34)))
}
