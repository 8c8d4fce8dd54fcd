package cmd

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/docker/go-units"
	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// The limits of a container for which nothing else was asked.
const (
	defaultMemory    = "256m"
	defaultCPUs      = "1"
	defaultCPUShares = "512"
)

// allCPUs lifts the pinning.
const allCPUs = "all"

func parseLimits(c *cli.Command) (*subsystems.ResourceConfig, error) {
	memory, err := parseFlag(c, "memory", parseMemory)
	if err != nil {
		return nil, err
	}
	cpus, err := parseFlag(c, "cpuset-cpus", parseCPUs)
	if err != nil {
		return nil, err
	}
	shares, err := parseFlag(c, "cpu-shares", parseCPUShares)
	if err != nil {
		return nil, err
	}
	return &subsystems.ResourceConfig{Memory: memory, CPUs: cpus, CPUShares: shares}, nil
}

func parseFlag[T any](c *cli.Command, name string, parse func(string) (T, error)) (subsystems.Limit[T], error) {
	value, err := parseValue(name, c.String(name), parse)
	return subsystems.Limit[T]{Value: value, Asked: c.IsSet(name)}, err
}

// maxMemory is the largest number of bytes that a floating point number holds and
// a signed integer of 64 bits, too: the next is 2^63.
const maxMemory = math.MaxInt64 - 1023

// parseMemory reads a size in Docker's notation (100m, 1.5g, bytes) and
// returns bytes; 0, and nothing else, lifts the limit.
//
// The library reads any floating point number and converts it without looking:
// what does not fit comes out as the smallest integer on amd64, the largest on
// arm64, and a fraction of a byte as 0.
//
// Docker before 23 reads 64Mi, which the library does not: there it is 64MiB.
func parseMemory(s string) (int64, error) {
	text := s
	if strings.HasSuffix(s, "i") {
		text += "b"
	}
	size, err := units.RAMInBytes(text)
	if err != nil || !strings.ContainsAny(s[:1], "0123456789.") {
		return 0, errors.New("not a size such as 100m or 1g")
	}
	if size < 0 || size > maxMemory {
		return 0, fmt.Errorf("too large: the most is %d bytes", int64(maxMemory))
	}
	if size == 0 && strings.ContainsAny(s, "123456789") {
		return 0, errors.New("less than a byte; 0 lifts the limit")
	}
	return size, nil
}

// parseCPUs reads a CPU list; "all" is the empty list.
func parseCPUs(s string) (utils.CPUList, error) {
	if s == allCPUs {
		return nil, nil
	}
	return utils.ParseCPUList(s)
}

func parseCPUShares(s string) (uint64, error) {
	shares, err := parseWhole(s)
	if err != nil || shares < 0 {
		return 0, fmt.Errorf("not a number from %d to %d, or 0", subsystems.MinCPUShares, subsystems.MaxCPUShares)
	}
	return uint64(shares), nil
}

// parseWhole reads a whole number as Docker does: 0x10, 0b1, 0o17 and 017 are numbers
// to other bases than ten, and 1_000 is one, too.
func parseWhole(s string) (int64, error) { return strconv.ParseInt(s, 0, 64) }

// parseCgroupParent makes the cgroup parent absolute. As in Docker, a relative
// one counts from the top of the hierarchy, and one that is empty is none.
func parseCgroupParent(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	if slices.Contains(strings.Split(s, "/"), "..") {
		return "", fmt.Errorf("invalid value %q for --cgroup-parent: not a path below the cgroup root, such as %q", s, "/mydocker")
	}
	return path.Clean("/" + s), nil
}

// fromEnv lets an environment variable set a flag's value. One that is empty
// counts as not set.
func fromEnv(name string) cli.ValueSourceChain {
	return cli.NewValueSourceChain(envSource{name})
}

type envSource struct{ name string }

func (e envSource) Lookup() (string, bool) {
	value := os.Getenv(e.name)
	return value, value != ""
}

func (e envSource) String() string   { return "environment variable " + e.name }
func (e envSource) GoString() string { return "envSource{" + strconv.Quote(e.name) + "}" }
func (e envSource) IsFromEnv() bool  { return true }
func (e envSource) Key() string      { return e.name }
