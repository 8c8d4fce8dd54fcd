package cmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/detached"
)

func updateCommand() *cli.Command {
	return &cli.Command{
		Name: updateName, Usage: "change the limits and the restart policy of containers", Category: containersCategory,
		UsageText: "mydocker update [options] CONTAINER...",
		Description: "In a container that runs, the limits are in force at once. A value is what run takes: 0 lifts a limit. " +
			"What is not named stays as it is.",
		Flags:                     updateFlags(),
		UseShortOptionHandling:    true,
		DisableSliceFlagSeparator: true,
		Action:                    updateAction,
	}
}

func updateFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "memory", Aliases: []string{"m"}, Usage: "most memory"},
		&cli.StringFlag{Name: "memory-swap", Usage: "most memory and swap together; -1 for no limit"},
		&cli.StringFlag{Name: "memory-reservation", Usage: "memory that the container is left with when it is short on the host"},
		&cli.StringFlag{Name: "cpus", Usage: "most CPU time, as a number of CPUs such as 1.5"},
		&cli.StringFlag{Name: "cpu-period", Usage: "period of --cpu-quota in microseconds"},
		&cli.StringFlag{Name: "cpu-quota", Usage: "most CPU time in each period in microseconds; -1 for no limit"},
		&cli.StringFlag{Name: "cpu-shares", Aliases: []string{"c"}, Usage: "weight among busy containers"},
		&cli.StringFlag{Name: "cpuset-cpus", Usage: "CPUs to run on, as in 0-2,4, or all"},
		&cli.StringFlag{Name: "cpuset-mems", Usage: "memory nodes to use, as in 0-1"},
		&cli.StringFlag{Name: "pids-limit", Usage: "most processes and threads, -1 for no limit"},
		&cli.StringFlag{Name: "blkio-weight", Usage: "weight of block I/O"},
		&cli.StringFlag{Name: restartFlag, Usage: "when it is started again: no, on-failure[:MAX], always or unless-stopped"},
	}
}

const (
	updateName  = "update"
	restartFlag = "restart"
)

func updateAction(_ context.Context, c *cli.Command) error {
	if c.NArg() == 0 {
		return exit.Usage("update: no container given")
	}
	change := &detached.Change{}
	set := 0
	for _, flag := range c.Flags {
		if name := flag.Names()[0]; c.IsSet(name) && name != restartFlag {
			set++
		}
	}
	if set > 0 {
		given, err := givenLimits(c)
		if err != nil {
			return exit.Failed(err)
		}
		change.Limits = func(limits *subsystems.ResourceConfig) error {
			changeLimits(c, limits, given)
			return nil
		}
	}
	if c.String(restartFlag) != "" { // an empty one stays as it is
		policy, err := parseRestart(c.String(restartFlag))
		if err != nil {
			return exit.Failed(fmt.Errorf("invalid value %q for --restart: %w", c.String(restartFlag), err))
		}
		change.Restart = &policy
	}
	if change.Limits == nil && !c.IsSet(restartFlag) {
		return exit.Failed(errors.New("you must provide one or more flags when using this command"))
	}
	return forEach(c, func(state, name string) (string, error) { return name, detached.Update(state, name, change) })
}

// givenLimits are those of the command line. What is not there is 0.
func givenLimits(c *cli.Command) (*subsystems.ResourceConfig, error) {
	given := &subsystems.ResourceConfig{}
	err := errors.Join(
		parseRare(c, "memory", parseMemory, &given.Memory.Value),
		parseRare(c, "cpuset-cpus", parseCPUs, &given.CPUs.Value),
		parseRare(c, "cpu-shares", parseCPUShares, &given.CPUShares.Value),
	)
	if err == nil {
		err = parseResources(c, given)
	}
	return given, err
}

// changeLimits sets what the command line names.
func changeLimits(c *cli.Command, limits, given *subsystems.ResourceConfig) {
	for name, set := range map[string]func(){
		"memory":             func() { limits.Memory = subsystems.Limit[int64]{Value: given.Memory.Value, Asked: true} },
		"memory-swap":        func() { limits.MemorySwap = given.MemorySwap },
		"memory-reservation": func() { limits.MemoryReservation = given.MemoryReservation },
		"cpus":               func() { limits.CPUQuota, limits.CPUPeriod = given.CPUQuota, given.CPUPeriod },
		"cpu-period":         func() { limits.CPUPeriod = given.CPUPeriod },
		"cpu-quota":          func() { limits.CPUQuota = given.CPUQuota },
		"cpu-shares":         func() { limits.CPUShares.Value, limits.CPUShares.Asked = given.CPUShares.Value, true },
		"cpuset-mems":        func() { limits.CPUSetMems = given.CPUSetMems },
		"pids-limit":         func() { limits.PidsLimit = subsystems.Limit[int64]{Value: given.PidsLimit.Value, Asked: true} },
		"blkio-weight":       func() { limits.BlkioWeight = given.BlkioWeight },
	} {
		if c.IsSet(name) {
			set()
		}
	}
	switch {
	case c.IsSet("cpuset-cpus"):
		limits.CPUs.Value, limits.CPUs.Asked = given.CPUs.Value, true
	case given.CPUs.Asked && !limits.CPUs.Asked: // a quota lifts the default, as in run
		limits.CPUs = given.CPUs
	}
}
