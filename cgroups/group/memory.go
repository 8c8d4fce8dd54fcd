package group

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// unlimited as a limit of memory, CPU time or processes is none.
const unlimited = -1

const needsSwap = "a kernel that counts swap: CONFIG_SWAP, and swapaccount=1 on the command line of an older one"

// memorySettings: Documentation/admin-guide/cgroup-v1/memory.rst, cgroup-v2.rst ("Memory").
func memorySettings(t *target, r *specs.LinuxResources) ([]subsystems.Setting, error) {
	m := r.Memory
	if m == nil {
		return nil, nil
	}
	for _, l := range []struct {
		field string
		value *int64
	}{
		{"limit", m.Limit}, {"swap", m.Swap}, {"reservation", m.Reservation}, {"kernelTCP", m.KernelTCP},
	} {
		if value(l.value) < unlimited {
			return nil, invalid("memory."+l.field, *l.value, "only -1, for no limit, is less than 0")
		}
	}
	if limit, swap := value(m.Limit), value(m.Swap); limit > 0 && swap > 0 && swap < limit {
		return nil, invalid("memory.swap", swap, fmt.Sprintf("it is memory and swap together, and memory.limit alone is %d", limit))
	}
	if limit := value(m.Kernel); limit > 0 { //nolint:staticcheck // nobody must think that there is a limit
		return nil, invalid("memory.kernel", limit, "Linux has no such limit any more (5.16), kernel memory is part of memory.limit")
	}
	if t.version == subsystems.V1 {
		return memoryV1(m)
	}
	return memoryV2(t, m)
}

// value is what a pointer points to, 0 if to nothing.
func value[T any](pointer *T) (value T) {
	if pointer != nil {
		value = *pointer
	}
	return value
}

func memoryV1(m *specs.LinuxMemory) ([]subsystems.Setting, error) {
	var settings []subsystems.Setting
	add := func(file string, value int64, needs string, optional bool) {
		if value != 0 {
			settings = append(settings, subsystems.Setting{File: file, Value: strconv.FormatInt(value, 10), Needs: needs, Optional: optional})
		}
	}
	swap := value(m.Swap)
	if value(m.Limit) == unlimited && swap == 0 {
		swap = unlimited // it cannot be less than memory
	}
	add("memory.limit_in_bytes", value(m.Limit), "", false)
	add("memory.memsw.limit_in_bytes", swap, needsSwap, swap == unlimited)
	add("memory.soft_limit_in_bytes", value(m.Reservation), "memory control groups without real-time preemption", false)
	add("memory.kmem.tcp.limit_in_bytes", value(m.KernelTCP), "memory control groups of version 1", value(m.KernelTCP) == unlimited)
	if m.Swappiness != nil {
		if *m.Swappiness > 100 {
			return nil, invalid("memory.swappiness", *m.Swappiness, "it is 0 to 100")
		}
		settings = append(settings, subsystems.Setting{File: "memory.swappiness", Value: strconv.FormatUint(*m.Swappiness, 10)})
	}
	settings = append(settings, boolean("memory.oom_control", m.DisableOOMKiller)...)
	return append(settings, boolean("memory.use_hierarchy", m.UseHierarchy)...), nil
}

func boolean(file string, wanted *bool) []subsystems.Setting {
	switch {
	case wanted == nil:
		return nil
	case *wanted:
		return []subsystems.Setting{{File: file, Value: "1"}}
	}
	return []subsystems.Setting{{File: file, Value: "0"}}
}

func memoryV2(t *target, m *specs.LinuxMemory) ([]subsystems.Setting, error) {
	if err := checkMemoryV2(t, m); err != nil {
		return nil, err
	}
	if value(m.CheckBeforeUpdate) && value(m.Limit) > 0 {
		if err := checkMemoryUse(t, *m.Limit); err != nil {
			return nil, err
		}
	}
	var settings []subsystems.Setting
	if limit := value(m.Limit); limit != 0 {
		settings = append(settings, subsystems.Setting{File: "memory.max", Value: orMax(limit)})
	}
	swap, err := swapV2(t, value(m.Limit), value(m.Swap))
	if err != nil {
		return nil, err
	}
	if swap != "" {
		settings = append(settings, subsystems.Setting{
			File: "memory.swap.max", Value: swap, Needs: needsSwap, Optional: swap == "max" || swap == "0" && !canSwap(),
		})
	}
	if reservation := value(m.Reservation); reservation != 0 {
		settings = append(settings, subsystems.Setting{File: "memory.low", Value: orMax(reservation)})
	}
	return settings, nil
}

// checkMemoryV2 refuses what v1 alone has.
func checkMemoryV2(t *target, m *specs.LinuxMemory) error {
	switch {
	case value(m.KernelTCP) > 0:
		return t.refuse("memory.kernelTCP", "what TCP takes is part of memory.limit")
	case m.Swappiness != nil:
		return t.refuse("memory.swappiness", "only the whole host has one (vm.swappiness)")
	case value(m.DisableOOMKiller):
		return t.refuse("memory.disableOOMKiller", "the kernel has no way to do that")
	case m.UseHierarchy != nil && !*m.UseHierarchy:
		return t.refuse("memory.useHierarchy=false", "all accounting is hierarchical")
	}
	return nil
}

// orMax is a limit as v2 has it.
func orMax(limit int64) string {
	if limit == unlimited {
		return "max"
	}
	return strconv.FormatInt(limit, 10)
}

// swapV2 is the limit of swap alone: the specification has that of memory and swap together, as v1. "" leaves it
// as it is.
func swapV2(t *target, limit, swap int64) (string, error) {
	if swap == 0 && limit == unlimited {
		swap = unlimited
	}
	if swap == 0 {
		return "", nil
	}
	if swap == unlimited {
		return "max", nil
	}
	if limit == 0 {
		content, err := t.read("memory.max")
		if err != nil {
			return "", fmt.Errorf("memory.swap is memory and swap together, and memory.limit is not given: %w", err)
		}
		if limit, err = strconv.ParseInt(content, 10, 64); err != nil {
			limit = unlimited
		}
	}
	if limit == unlimited {
		return "", invalid("memory.swap", swap, "it is memory and swap together, and memory has no limit")
	}
	if swap < limit {
		return "", invalid("memory.swap", swap, fmt.Sprintf("it is memory and swap together, and memory alone is %d", limit))
	}
	return strconv.FormatInt(swap-limit, 10), nil
}

// canSwap reports whether the kernel can swap at all.
func canSwap() bool { return unix.Access("/proc/swaps", unix.F_OK) == nil }

// checkMemoryUse refuses a limit that would have the kernel kill what runs.
func checkMemoryUse(t *target, limit int64) error {
	content, err := t.read("memory.current")
	if err != nil {
		return utils.Ignore(err, unix.ENOENT) // then there is no limit to be written either
	}
	usage, err := strconv.ParseInt(content, 10, 64)
	if err != nil {
		return fmt.Errorf("%s/memory.current: %w", t.dir, err)
	}
	if usage > limit {
		return memoryInUse(t, strconv.FormatInt(limit, 10))
	}
	return nil
}

// memoryInUse is the error for a limit below what is used; others match its text.
func memoryInUse(t *target, limit string) error {
	files := [...]string{"memory.usage_in_bytes", "memory.max_usage_in_bytes"}
	if t.version == subsystems.V2 {
		files = [...]string{"memory.current", "memory.peak"}
	}
	current, err := t.read(files[0])
	peak, peakErr := t.read(files[1])
	if errors.Join(err, peakErr) != nil {
		return fmt.Errorf("unable to set memory limit to %s: more is in use", limit)
	}
	return fmt.Errorf("unable to set memory limit to %s (current usage: %s, peak usage: %s)", limit, current, peak)
}
