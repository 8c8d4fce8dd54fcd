package cmd

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/container/spec"
)

func processFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "workdir", Aliases: []string{"w"}, Usage: "absolute path of the working directory; one that is missing is made in a root of its own alone"},
		&cli.StringFlag{Name: "user", Aliases: []string{"u"}, Usage: "user to run as, NAME|UID[:GROUP|GID]"},
		&cli.StringSliceFlag{Name: "group-add", Usage: "further group to run with, by name or number"},
		&cli.StringFlag{Name: "hostname", Aliases: []string{"h"}, Usage: "host name of the container"},
		&cli.StringFlag{Name: "domainname", Usage: "NIS domain name of the container"},
		&cli.StringSliceFlag{Name: "sysctl", Usage: "set a namespaced kernel parameter, NAME=VALUE"},
		&cli.StringFlag{Name: "umask", Usage: "file mode creation mask, octal"},
		&cli.StringSliceFlag{Name: "ulimit", Usage: "limit of setrlimit(2), TYPE=SOFT[:HARD], -1 for unlimited"},
		&cli.StringFlag{Name: "oom-score-adj", Usage: fmt.Sprintf("OOM killer's preference, %d (never) to %d", spec.MinOOMScoreAdj, spec.MaxOOMScoreAdj)},
	}
}

// parseWorld reads the flags of the command's world. What a value may be is for
// World to check, and for the engine who a user is.
func parseWorld(c *cli.Command) (world spec.World, err error) {
	world = spec.World{
		Hostname:   c.String("hostname"),
		Domainname: c.String("domainname"),
		Dir:        c.String("workdir"),
		User:       c.String("user"),
		Groups:     listOf(c, "group-add"),
	}
	if world.Sysctls, err = parseEach(c, "sysctl", spec.ParseSysctl, func(s spec.Sysctl) string { return s.Path }); err != nil {
		return world, err
	}
	if world.Rlimits, err = parseEach(c, "ulimit", spec.ParseRlimit, func(r spec.Rlimit) string { return r.Name }); err != nil {
		return world, err
	}
	if world.Umask, err = parseSet(c, "umask", parseUmask); err != nil {
		return world, err
	}
	world.OOMScoreAdj, err = parseSet(c, "oom-score-adj", parseOOMScoreAdj)
	return world, err
}

// parseEach reads a flag that may be given several times; of those with the same
// key the last counts.
func parseEach[T any](c *cli.Command, name string, parse func(string) (T, error), key func(T) string) (list []T, err error) {
	for _, s := range listOf(c, name) {
		value, err := parse(s)
		if err != nil {
			return nil, fmt.Errorf("invalid value %q for --%s: %w", s, name, err)
		}
		list = slices.DeleteFunc(list, func(other T) bool { return key(other) == key(value) })
		list = append(list, value)
	}
	return list, nil
}

// parseSet reads a flag whose absence is no value: nil.
func parseSet[T any](c *cli.Command, name string, parse func(string) (T, error)) (*T, error) {
	if !c.IsSet(name) {
		return nil, nil
	}
	value, err := parse(c.String(name))
	if err != nil {
		return nil, fmt.Errorf("invalid value %q for --%s: %w", c.String(name), name, err)
	}
	return &value, nil
}

func parseUmask(s string) (uint32, error) {
	mask, err := strconv.ParseUint(s, 8, 32)
	if err != nil || mask > spec.MaxUmask {
		return 0, fmt.Errorf("not an octal number from 0 to %o", spec.MaxUmask)
	}
	return uint32(mask), nil
}

func parseOOMScoreAdj(s string) (int, error) {
	adj, err := strconv.ParseInt(s, 0, 32)
	if err != nil {
		return 0, fmt.Errorf("not a number from %d to %d", spec.MinOOMScoreAdj, spec.MaxOOMScoreAdj)
	}
	return int(adj), nil
}
