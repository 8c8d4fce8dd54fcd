package systemd

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/godbus/dbus/v5"

	"github.com/mydocker/mydocker/utils"
)

// limit is what systemd knows of a cgroup's files: the controller whose directory has them ("" is
// v2), and how their content, with spaces between, is written as properties.
type limit struct {
	controller string
	files      []string
	properties func(content string) ([]property, error)
}

// limits are all of which systemd has a property; the others it leaves alone.
func limits() []limit {
	return []limit{
		{"", []string{"memory.min"}, amount("MemoryMin")},
		{"", []string{"memory.low"}, amount("MemoryLow")},
		{"", []string{"memory.high"}, amount("MemoryHigh")},
		{"", []string{"memory.max"}, amount("MemoryMax")},
		{"", []string{"memory.swap.max"}, amount("MemorySwapMax")},
		{"", []string{"cpu.weight"}, amount("CPUWeight")},
		{"", []string{"cpu.max"}, bandwidth},
		{"", []string{"io.weight"}, defaultAmount("IOWeight")},
		{"", []string{"pids.max"}, amount("TasksMax")},
		{"", []string{"cpuset.cpus"}, set("AllowedCPUs")},
		{"", []string{"cpuset.mems"}, set("AllowedMemoryNodes")},
		{"memory", []string{"memory.limit_in_bytes"}, amount("MemoryLimit")},
		{"cpu", []string{"cpu.shares"}, amount("CPUShares")},
		{"cpu", []string{"cpu.cfs_quota_us", "cpu.cfs_period_us"}, bandwidth},
		{"blkio", []string{"blkio.weight"}, amount("BlockIOWeight")},
		{"pids", []string{"pids.max"}, amount("TasksMax")},
	}
}

// read reads the files. Without one of them it is "".
func (l *limit) read(dirs map[string]string) (string, error) {
	dir, is := dirs[l.controller]
	if !is {
		return "", nil
	}
	var contents []string
	for _, file := range l.files {
		content, err := utils.ReadFile(dir + "/" + file)
		if utils.Gone(err) {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		contents = append(contents, strings.TrimSpace(content))
	}
	return strings.Join(contents, " "), nil
}

// restore writes what the first file had.
func (l *limit) restore(dirs map[string]string, content string) error {
	if len(l.files) > 1 {
		content, _, _ = strings.Cut(content, " ")
	}
	return utils.WriteFile(dirs[l.controller]+"/"+l.files[0], content)
}

// infinity is no limit, for systemd.
const infinity = math.MaxUint64

// v1Infinity is the least of what v1 says of memory without a limit: the largest number of bytes
// in whole pages, of 64 KiB at most.
const v1Infinity = math.MaxInt64 &^ 0xffff

func parseAmount(text string) (uint64, error) {
	if text == "max" || text == "-1" {
		return infinity, nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if n >= v1Infinity {
		n = infinity
	}
	return n, err
}

// amount is a property that is a number.
func amount(name string) func(string) ([]property, error) {
	return func(content string) ([]property, error) {
		n, err := parseAmount(content)
		return []property{{name, dbus.MakeVariant(n)}}, err
	}
}

// defaultAmount is a number in the line "default 100", before those of single devices.
func defaultAmount(name string) func(string) ([]property, error) {
	return func(content string) ([]property, error) {
		line, _, _ := strings.Cut(content, "\n")
		return amount(name)(strings.TrimPrefix(line, "default "))
	}
}

// The units of CPUQuotaPerSecUSec: microseconds, of which systemd counts each hundredth of a second.
const (
	second    = 1000000
	hundredth = second / 100
)

// bandwidth is a quota and a period in microseconds. As a quota for each second systemd does not
// know it exactly, and never gets less.
func bandwidth(content string) ([]property, error) {
	fields := strings.Fields(content)
	if len(fields) != 2 {
		return nil, fmt.Errorf("%q is no quota and period", content)
	}
	quota, err := parseAmount(fields[0])
	if err != nil {
		return nil, err
	}
	period, err := strconv.ParseUint(fields[1], 10, 64)
	if err != nil || period == 0 {
		return nil, fmt.Errorf("%q is no period: %w", fields[1], err)
	}
	if quota != infinity {
		quota = (quota*second/period + hundredth - 1) / hundredth * hundredth
	}
	return []property{{"CPUQuotaPerSecUSec", dbus.MakeVariant(quota)}, {"CPUQuotaPeriodUSec", dbus.MakeVariant(period)}}, nil
}

// set is a set of CPUs or memory nodes, a bit for each. The empty set is all.
func set(name string) func(string) ([]property, error) {
	return func(content string) ([]property, error) {
		bits := []byte{}
		if content != "" {
			list, err := utils.ParseCPUList(content)
			if err != nil {
				return nil, err
			}
			bits = make([]byte, list[len(list)-1]/8+1)
			for _, n := range list {
				bits[n/8] |= 1 << (n % 8)
			}
		}
		return []property{{name, dbus.MakeVariant(bits)}}, nil
	}
}
