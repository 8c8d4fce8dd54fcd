package ocicli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/docker/go-units"
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/mydocker/mydocker/container/lifecycle"
)

func updateFlags() []flag {
	return []flag{
		{name: "resources", short: "r", value: "FILE|-", usage: "file with linux.resources as JSON, - for stdin; other flags do not count then"},
		{name: "blkio-weight", value: "N", usage: "weight for the block devices, 10 to 1000"},
		{name: "cpu-period", value: "US", usage: "period of the CPU quota, in microseconds"},
		{name: "cpu-quota", value: "US", usage: "CPU time in a period, in microseconds, -1 for no limit"},
		{name: "cpu-burst", value: "US", usage: "CPU time that may be saved up, in microseconds"},
		{name: "cpu-share", value: "N", usage: "weight for the CPUs"},
		{name: "cpu-rt-period", value: "US", usage: "period of the real-time quota, in microseconds"},
		{name: "cpu-rt-runtime", value: "US", usage: "real-time in a period, in microseconds"},
		{name: "cpu-idle", value: "0|1", usage: "1 has the container run only where nothing else does"},
		{name: "cpuset-cpus", value: "LIST", usage: "CPUs to use"},
		{name: "cpuset-mems", value: "LIST", usage: "memory nodes to use"},
		{name: "memory", value: "SIZE", usage: "memory, -1 for no limit"},
		{name: "memory-reservation", value: "SIZE", usage: "soft limit of the memory"},
		{name: "memory-swap", value: "SIZE", usage: "memory and swap together, -1 for no limit"},
		{name: "pids-limit", value: "N", usage: "processes, -1 for no limit"},
		{name: "l3-cache-schema", value: "TEXT", usage: "refused: there is no Intel RDT"},
		{name: "mem-bw-schema", value: "TEXT", usage: "refused, as --l3-cache-schema"},
	}
}

func (c *call) update() (int, error) {
	return c.with(func(container *lifecycle.Container) error {
		if err := c.needsDBus(container.Unit != ""); err != nil {
			return err
		}
		resources, err := c.resources()
		if err != nil {
			return err
		}
		return container.Update(resources)
	})
}

// resources are the limits that are to be changed. What is zero is not named: dockerd says so of
// all that it leaves as it is.
func (c *call) resources() (*specs.LinuxResources, error) {
	for _, name := range []string{"l3-cache-schema", "mem-bw-schema"} {
		if c.has(name) {
			return nil, fmt.Errorf("--%s is not supported: mydocker has no Intel RDT", name)
		}
	}
	var resources *specs.LinuxResources
	var err error
	if c.has("resources") {
		resources, err = readResources(c.text("resources"))
	} else {
		resources, err = c.resourcesOfFlags()
	}
	if err != nil {
		return nil, err
	}
	dropZeros(resources)
	return resources, nil
}

// readResources reads linux.resources from a file, or from stdin.
func readResources(path string) (*specs.LinuxResources, error) {
	var text []byte
	var err error
	if path == "-" {
		text, err = io.ReadAll(io.LimitReader(os.Stdin, maxProcess))
	} else {
		text, err = readFile(path)
	}
	if err != nil {
		return nil, err
	}
	resources := new(specs.LinuxResources)
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	err = decoder.Decode(resources)
	if err == nil && decoder.More() {
		err = errors.New("something is behind its end")
	}
	if err != nil {
		return nil, fmt.Errorf("--resources: %w", err)
	}
	return resources, nil
}

// dropZeros takes away what is zero, or empty.
func dropZeros(r *specs.LinuxResources) {
	if m := r.Memory; m != nil {
		dropZero(&m.Limit, &m.Reservation, &m.Swap, &m.Kernel, &m.KernelTCP) //nolint:staticcheck // dockerd 20.10 sends it
	}
	if cpu := r.CPU; cpu != nil {
		dropZero(&cpu.Shares, &cpu.Period, &cpu.RealtimePeriod)
		dropZero(&cpu.Quota, &cpu.RealtimeRuntime)
	}
	if r.Pids != nil {
		dropZero(&r.Pids.Limit)
	}
	if io := r.BlockIO; io != nil {
		dropZero(&io.Weight, &io.LeafWeight)
	}
}

func dropZero[T int64 | uint64 | uint16](values ...**T) {
	for _, value := range values {
		if *value != nil && **value == 0 {
			*value = nil
		}
	}
}

// resourcesOfFlags reads the limits from the flags.
func (c *call) resourcesOfFlags() (*specs.LinuxResources, error) {
	var cpu specs.LinuxCPU
	var memory specs.LinuxMemory
	var pids specs.LinuxPids
	var blockIO specs.LinuxBlockIO
	var err error
	read := func(name string, parse func(string) error) {
		if text := c.text(name); err == nil && text != "" {
			if parseErr := parse(text); parseErr != nil {
				err = fmt.Errorf("invalid value for %s: %w", name, parseErr)
			}
		}
	}
	read("cpu-share", unsigned(&cpu.Shares))
	read("cpu-period", unsigned(&cpu.Period))
	read("cpu-quota", signed(&cpu.Quota))
	read("cpu-burst", unsigned(&cpu.Burst))
	read("cpu-rt-period", unsigned(&cpu.RealtimePeriod))
	read("cpu-rt-runtime", signed(&cpu.RealtimeRuntime))
	read("cpu-idle", signed(&cpu.Idle))
	cpu.Cpus, cpu.Mems = c.text("cpuset-cpus"), c.text("cpuset-mems")
	read("memory", size(&memory.Limit))
	read("memory-reservation", size(&memory.Reservation))
	read("memory-swap", size(&memory.Swap))
	read("pids-limit", signed(&pids.Limit))
	read("blkio-weight", func(text string) error {
		weight, err := strconv.ParseUint(text, 10, 16)
		short := uint16(weight)
		blockIO.Weight = &short
		return err
	})
	r := &specs.LinuxResources{CPU: &cpu, Memory: &memory, Pids: &pids, BlockIO: &blockIO}
	return r, err
}

func unsigned(to **uint64) func(string) error {
	return func(text string) error {
		number, err := strconv.ParseUint(text, 10, 64)
		*to = &number
		return err
	}
}

func signed(to **int64) func(string) error {
	return func(text string) error {
		number, err := strconv.ParseInt(text, 10, 64)
		*to = &number
		return err
	}
}

// size reads a number of bytes, as Docker does, -1 for no limit.
func size(to **int64) func(string) error {
	return func(text string) error {
		number, err := int64(-1), error(nil)
		if text != "-1" {
			number, err = units.RAMInBytes(text)
		}
		*to = &number
		return err
	}
}
