package cmd

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/utils"
)

// resourceFlags are the limits that few runs use.
func resourceFlags() []cli.Flag {
	flags := []cli.Flag{
		&cli.StringFlag{Name: "memory-swap", Usage: "most memory and swap together; -1 for no limit; as much as --memory for no swap; twice that by default"},
		&cli.StringFlag{Name: "memory-reservation", Usage: "memory that the container is left with when it is short on the host"},
		&cli.BoolFlag{Name: "oom-group", Usage: "when the memory limit kills one process, kill all (cgroup v2)"},
		&cli.StringFlag{Name: "cpus", Usage: "most CPU time, as a number of CPUs such as 1.5"},
		&cli.StringFlag{Name: "cpu-period", Usage: fmt.Sprintf("period of --cpu-quota in microseconds, %d to %d", subsystems.MinCPUPeriod, subsystems.MaxCPUPeriod)},
		&cli.StringFlag{Name: "cpu-quota", Usage: fmt.Sprintf("most CPU time in each period in microseconds, at least %d; -1 for no limit", subsystems.MinCPUQuota)},
		&cli.StringFlag{Name: "cpuset-mems", Usage: "memory nodes to use, as in 0-1"},
		&cli.StringFlag{Name: "pids-limit", Usage: fmt.Sprintf("most processes and threads, up to %d, -1 for no limit; 2048 by default with a root of its own", subsystems.MaxPids)},
		&cli.StringFlag{Name: "blkio-weight", Usage: fmt.Sprintf("weight of block I/O, %d to %d; 0 for the kernel's default", subsystems.MinBlkioWeight, subsystems.MaxBlkioWeight)},
	}
	for _, r := range deviceRateFlags() {
		flags = append(flags, &cli.StringSliceFlag{Name: r.name, Usage: r.usage})
	}
	return append(flags,
		&cli.StringSliceFlag{Name: "cgroup-conf", Usage: "set a file of the container's v2 cgroup, FILE=VALUE, as in memory.high=100M"})
}

// deviceRateFlag limits one kind of access to a device.
type deviceRateFlag struct {
	name, usage  string
	access, unit string
	parse        func(string) (uint64, error)
}

func deviceRateFlags() []deviceRateFlag {
	return []deviceRateFlag{
		{"device-read-bps", "most bytes a second read from a device, PATH:RATE, as in /dev/sda:1mb", "read", "bps", parseByteRate},
		{"device-write-bps", "most bytes a second written to a device, PATH:RATE", "write", "bps", parseByteRate},
		{"device-read-iops", "most reads a second from a device, PATH:RATE", "read", "iops", parseIORate},
		{"device-write-iops", "most writes a second to a device, PATH:RATE", "write", "iops", parseIORate},
	}
}

// parseResources adds the limits of the rare flags to res.
func parseResources(c *cli.Command, res *subsystems.ResourceConfig) error {
	res.OOMGroup = c.Bool("oom-group")
	res.PidsLimit.Asked = c.IsSet("pids-limit")
	return cmp.Or(
		parseRare(c, "memory-swap", parseSwap, &res.MemorySwap),
		parseRare(c, "memory-reservation", parseMemory, &res.MemoryReservation),
		parseBandwidth(c, res),
		parseRare(c, "cpuset-mems", parseMems, &res.CPUSetMems),
		parseRare(c, "pids-limit", parseCount, &res.PidsLimit.Value),
		parseRare(c, "blkio-weight", parseWeight, &res.BlkioWeight),
		parseDeviceRates(c, res),
		parseRareList(c, "cgroup-conf", parseConf, &res.Conf),
	)
}

// parseRare reads the value of a flag, if it is on the command line.
func parseRare[T any](c *cli.Command, name string, parse func(string) (T, error), value *T) (err error) {
	if c.IsSet(name) {
		*value, err = parseValue(name, c.String(name), parse)
	}
	return err
}

// parseRareList appends the values of a flag that can be given many times.
func parseRareList[T any](c *cli.Command, name string, parse func(string) (T, error), values *[]T) error {
	for _, s := range listOf(c, name) {
		value, err := parseValue(name, s, parse)
		if err != nil {
			return err
		}
		*values = append(*values, value)
	}
	return nil
}

func parseValue[T any](name, s string, parse func(string) (T, error)) (T, error) {
	value, err := parse(s)
	if err != nil {
		err = fmt.Errorf("invalid value %q for --%s: %w", s, name, err)
	}
	return value, err
}

// parseSwap reads a size, or -1.
func parseSwap(s string) (int64, error) {
	if s == "-1" {
		return subsystems.UnlimitedSwap, nil
	}
	return parseMemory(s)
}

// parseMems reads a list of memory nodes, which looks like one of CPUs.
func parseMems(s string) (utils.CPUList, error) {
	mems, err := utils.ParseCPUList(s)
	if err != nil {
		return nil, errors.New("not a list of memory nodes such as 0-1")
	}
	return mems, nil
}

// parseCount reads a whole number; one below 0 is no limit, as 0 is.
func parseCount(s string) (int64, error) {
	n, err := parseWhole(s)
	if err != nil {
		return 0, errors.New("not a whole number")
	}
	return max(n, 0), nil
}

// parsePeriod reads a number of microseconds; 0 is the kernel's.
func parsePeriod(s string) (int64, error) {
	n, err := parseWhole(s)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("not a number of microseconds from %d to %d", subsystems.MinCPUPeriod, subsystems.MaxCPUPeriod)
	}
	return n, nil
}

func parseWeight(s string) (uint64, error) {
	n, err := strconv.ParseUint(s, 0, 16)
	if err != nil {
		return 0, fmt.Errorf("not a number from %d to %d, or 0", subsystems.MinBlkioWeight, subsystems.MaxBlkioWeight)
	}
	return n, nil
}

// cpusPeriod is the period in microseconds to which --cpus refers.
const cpusPeriod = 100000

// parseBandwidth reads --cpu-period and --cpu-quota, or --cpus, which is short
// for both.
func parseBandwidth(c *cli.Command, res *subsystems.ResourceConfig) error {
	var cpus int64
	err := cmp.Or(
		parseRare(c, "cpu-period", parsePeriod, &res.CPUPeriod),
		parseRare(c, "cpu-quota", parseCount, &res.CPUQuota),
		parseRare(c, "cpus", func(s string) (int64, error) { return parseCPUCount(s, utils.OnlineCPUs()) }, &cpus),
	)
	if !res.CPUs.Asked && (cpus > 1e9 || res.CPUQuota != 0) { // the default is but one
		res.CPUs = subsystems.Limit[utils.CPUList]{Asked: true}
	}
	if err != nil || cpus == 0 {
		return err
	}
	if res.CPUPeriod != 0 || res.CPUQuota != 0 {
		return exit.Usage("--cpus is short for --cpu-period and --cpu-quota: give it or them")
	}
	res.CPUPeriod, res.CPUQuota = cpusPeriod, cpus*cpusPeriod/1e9
	return nil
}

// parseCPUCount reads a number of CPUs with up to nine decimals and returns
// billionths; 0 is no limit.
func parseCPUCount(s string, available int) (int64, error) {
	whole, fraction, _ := strings.Cut(s, ".")
	digits := whole + fraction
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, errors.New("not a number of CPUs such as 1.5")
	}
	if len(fraction) > 9 {
		return 0, errors.New("more than nine decimals")
	}
	n, err := strconv.ParseInt(digits+strings.Repeat("0", 9-len(fraction)), 10, 64)
	if n != 0 && (err != nil || n < 1e7 || n > int64(available)*1e9) {
		return 0, fmt.Errorf("out of range: 0.01 to %d, since there are so many CPUs", available)
	}
	return n, nil
}

func parseDeviceRates(c *cli.Command, res *subsystems.ResourceConfig) error {
	for _, flag := range deviceRateFlags() {
		parse := func(s string) (subsystems.DeviceRate, error) {
			path, rate, err := parseDeviceRate(s, flag.parse)
			return subsystems.DeviceRate{Path: path, Access: flag.access, Unit: flag.unit, Rate: rate}, err
		}
		if err := parseRareList(c, flag.name, parse, &res.DeviceRates); err != nil {
			return err
		}
	}
	return nil
}

// parseDeviceRate reads PATH:RATE.
func parseDeviceRate(s string, parse func(string) (uint64, error)) (path string, rate uint64, err error) {
	path, number, _ := strings.Cut(s, ":")
	if !strings.HasPrefix(path, "/dev/") || strings.ContainsRune(path, 0) {
		return "", 0, errors.New("not PATH:RATE with a path below /dev")
	}
	rate, err = parse(number)
	return path, rate, err
}

func parseByteRate(s string) (uint64, error) {
	rate, err := parseMemory(s)
	if err != nil || rate == 0 {
		return 0, errors.New("the rate is not a number of bytes such as 1mb")
	}
	return uint64(rate), nil // never below 0
}

func parseIORate(s string) (uint64, error) {
	rate, err := strconv.ParseUint(s, 10, 32)
	if err != nil || rate == 0 {
		return 0, fmt.Errorf("the rate is not a number from 1 to %d", uint32(math.MaxUint32))
	}
	return rate, nil
}

// parseConf reads FILE=VALUE. The file is one in the container's cgroup and
// nowhere else, and one that holds a setting: a pid in cgroup.procs would move
// that process.
func parseConf(s string) (subsystems.Conf, error) {
	file, value, _ := strings.Cut(s, "=")
	controller, rest, _ := strings.Cut(file, ".")
	if controller == "" || rest == "" || strings.ContainsAny(file, "/\x00") || value == "" {
		return subsystems.Conf{}, errors.New("not FILE=VALUE such as memory.high=100M")
	}
	if slices.Contains([]string{"cgroup.procs", "cgroup.threads"}, file) {
		return subsystems.Conf{}, errors.New("this file moves processes, it holds no setting")
	}
	if slices.Contains([]string{"cgroup.freeze", "cgroup.kill"}, file) {
		return subsystems.Conf{}, errors.New("the container would not start with it")
	}
	return subsystems.Conf{File: file, Value: value}, nil
}
