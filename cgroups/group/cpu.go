package group

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

const needsBandwidth = "CONFIG_CFS_BANDWIDTH"

// cpuSettings: Documentation/scheduler/sched-bwc.rst and sched-rt-group.rst, cgroup-v2.rst ("CPU").
func cpuSettings(t *target, r *specs.LinuxResources) ([]subsystems.Setting, error) {
	c := r.CPU
	if c == nil {
		return nil, nil
	}
	if quota := value(c.Quota); quota < unlimited {
		return nil, invalid("cpu.quota", quota, "only -1, for no limit, is less than 0")
	}
	if quota, burst := value(c.Quota), value(c.Burst); quota > 0 && burst > uint64(quota) {
		return nil, invalid("cpu.burst", burst, fmt.Sprintf("it can be no more than cpu.quota, %d", quota))
	}
	if shares := value(c.Shares); t.version == subsystems.V1 && shares != 0 { // the kernel would take another value
		switch {
		case shares < subsystems.MinCPUShares:
			return nil, fmt.Errorf("the minimum allowed cpu-shares is %d", subsystems.MinCPUShares)
		case shares > subsystems.MaxCPUShares:
			return nil, fmt.Errorf("the maximum allowed cpu-shares is %d", subsystems.MaxCPUShares)
		}
	}
	if c.Idle != nil && *c.Idle != 0 && *c.Idle != 1 {
		return nil, invalid("cpu.idle", *c.Idle, "it is 0 or 1")
	}
	var settings []subsystems.Setting
	var err error
	if t.version == subsystems.V1 {
		settings = cpuV1(c)
	} else if settings, err = cpuV2(t, c); err != nil {
		return nil, err
	}
	if c.Idle != nil {
		settings = append(settings, subsystems.Setting{File: "cpu.idle", Value: strconv.FormatInt(*c.Idle, 10), Needs: "Linux 5.15"})
	}
	return settings, nil
}

func cpuV1(c *specs.LinuxCPU) []subsystems.Setting {
	var settings []subsystems.Setting
	add := func(file string, value int64, needs string) {
		if value != 0 {
			settings = append(settings, subsystems.Setting{File: file, Value: strconv.FormatInt(value, 10), Needs: needs})
		}
	}
	if shares := value(c.Shares); shares != 0 {
		settings = append(settings, subsystems.Setting{File: "cpu.shares", Value: strconv.FormatUint(shares, 10)})
	}
	add("cpu.cfs_period_us", int64(value(c.Period)), needsBandwidth)
	add("cpu.cfs_quota_us", value(c.Quota), needsBandwidth)
	if c.Burst != nil {
		settings = append(settings, burst("cpu.cfs_burst_us", *c.Burst))
	}
	const needs = "CONFIG_RT_GROUP_SCHED"
	add("cpu.rt_period_us", int64(value(c.RealtimePeriod)), needs)
	add("cpu.rt_runtime_us", value(c.RealtimeRuntime), needs)
	return settings
}

// burst is 0 on a kernel that has none, too.
func burst(file string, value uint64) subsystems.Setting {
	return subsystems.Setting{File: file, Value: strconv.FormatUint(value, 10), Needs: "Linux 5.14 with " + needsBandwidth, Optional: value == 0}
}

func cpuV2(t *target, c *specs.LinuxCPU) ([]subsystems.Setting, error) {
	if value(c.RealtimePeriod) != 0 || value(c.RealtimeRuntime) != 0 {
		return nil, t.refuse("cpu.realtime...", "the kernel gives no real-time budget to cgroups there")
	}
	var settings []subsystems.Setting
	if shares := value(c.Shares); shares != 0 {
		settings = append(settings, subsystems.Setting{File: "cpu.weight", Value: strconv.FormatUint(subsystems.CPUWeight(shares), 10)})
	}
	bandwidth, err := cpuMax(t, value(c.Quota), value(c.Period))
	if err != nil {
		return nil, err
	}
	if bandwidth != "" {
		settings = append(settings, subsystems.Setting{File: "cpu.max", Value: bandwidth, Needs: needsBandwidth})
	}
	if c.Burst != nil {
		settings = append(settings, burst("cpu.max.burst", *c.Burst))
	}
	return settings, nil
}

// cpuMax is the value of cpu.max, "" for none. The kernel keeps the period if it gets but a quota.
func cpuMax(t *target, quota int64, period uint64) (string, error) {
	if quota == 0 && period == 0 {
		return "", nil
	}
	first := orMax(quota)
	if quota == 0 {
		content, err := t.read("cpu.max")
		if err = utils.Ignore(err, unix.ENOENT); err != nil { // ENOENT again when it is written
			return "", err
		}
		if first, _, _ = strings.Cut(content, " "); first == "" {
			first = "max"
		}
	}
	if period == 0 {
		return first, nil
	}
	return first + " " + strconv.FormatUint(period, 10), nil
}

// cpusetSettings: cpuset(7), cgroup-v2.rst ("Cpuset"). On v1 Create has filled what is not named here.
func cpusetSettings(_ *target, r *specs.LinuxResources) ([]subsystems.Setting, error) {
	if r.CPU == nil {
		return nil, nil
	}
	var settings []subsystems.Setting
	for _, list := range []struct{ field, file, value string }{
		{"cpu.cpus", "cpuset.cpus", r.CPU.Cpus}, {"cpu.mems", "cpuset.mems", r.CPU.Mems},
	} {
		if list.value == "" {
			continue
		}
		if _, err := utils.ParseCPUList(list.value); err != nil {
			return nil, invalid(list.field, strconv.Quote(list.value), err.Error())
		}
		settings = append(settings, subsystems.Setting{File: list.file, Value: list.value})
	}
	return settings, nil
}
