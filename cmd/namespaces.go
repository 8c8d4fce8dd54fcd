package cmd

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/spec"
)

func namespaceFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "network", Aliases: []string{"net"}, Usage: "none (a loopback device alone, the default) or host"},
		&cli.StringFlag{Name: "pid", Usage: "host, where the command is not PID 1 and sees all processes; without it the container has its own"},
		&cli.StringFlag{Name: "ipc", Usage: "private (the default) or host"},
		&cli.StringFlag{Name: "uts", Usage: "host, whose name the command can see and change; without it the container has its own"},
		&cli.StringFlag{Name: "cgroupns", Usage: "private (its own cgroup is the root, the default on cgroup v2) or host (the default on v1)"},
		&cli.StringFlag{Name: "userns", Usage: "host (the default for root) or private (the default for others; root's takes the ids that /etc/subuid and /etc/subgid give it)"},
		&cli.StringSliceFlag{Name: "uidmap", Usage: "users of a private user namespace, CONTAINER:HOST[:SIZE]; may be repeated"},
		&cli.StringSliceFlag{Name: "gidmap", Usage: "the same for groups"},
	}
}

// The modes of a namespace flag.
const (
	modeHost    = "host"
	modePrivate = "private"
	modeNone    = "none"
)

// parseNamespaces reads the namespace flags.
func parseNamespaces(c *cli.Command) (n spec.Namespaces, err error) {
	for _, flag := range []struct {
		name, own string
		host      *bool
	}{
		{"network", modeNone, &n.HostNetwork},
		{"pid", "", &n.HostPID},
		{"ipc", modePrivate, &n.HostIPC},
		{"uts", "", &n.HostUTS},
	} {
		if *flag.host, err = parseMode(c, flag.name, flag.own); err != nil {
			return n, err
		}
	}
	if c.Count("network") > 1 {
		return n, exit.Usage("--network is given more than once, and a container has one")
	}
	if n.Cgroup, err = parseCgroupNamespace(c); err != nil {
		return n, err
	}
	return n, parseUserNamespace(c, &n)
}

// parseMode tells whether a flag asks for the host's namespace, not for one of the
// container's own. Where Docker has no word for the latter, own is empty.
func parseMode(c *cli.Command, name, own string) (host bool, err error) {
	switch mode := c.String(name); {
	case mode == modeHost:
		return true, nil
	case mode == own, !c.IsSet(name), mode == "" && emptyIsNone(name):
		return false, nil
	case own == "":
		return false, fmt.Errorf("invalid value %q for --%s: it is %s, or not given for one of the container's own", mode, name, modeHost)
	default:
		return false, fmt.Errorf("invalid value %q for --%s: neither %s nor %s", mode, name, own, modeHost)
	}
}

func parseCgroupNamespace(c *cli.Command) (spec.CgroupNamespace, error) {
	host, err := parseMode(c, "cgroupns", modePrivate)
	switch {
	case host:
		return spec.CgroupHost, err
	case c.String("cgroupns") == modePrivate:
		return spec.CgroupPrivate, err
	}
	return spec.CgroupDefault, err
}

// parseUserNamespace reads --userns, and the maps, which imply a private one.
func parseUserNamespace(c *cli.Command, n *spec.Namespaces) (err error) {
	if n.HostUser, err = parseMode(c, "userns", modePrivate); err != nil {
		return err
	}
	users := &spec.UserNamespace{}
	if users.UIDs, err = parseIDMaps("uidmap", listOf(c, "uidmap")); err != nil {
		return err
	}
	if users.GIDs, err = parseIDMaps("gidmap", listOf(c, "gidmap")); err != nil {
		return err
	}
	mapped := len(users.UIDs) > 0 || len(users.GIDs) > 0
	if mapped && n.HostUser {
		return errors.New("--uidmap and --gidmap need a user namespace: they cannot go with --userns host")
	}
	if mapped || c.String("userns") == modePrivate {
		n.User = users
	}
	return nil
}

func parseIDMaps(flag string, values []string) ([]spec.IDMap, error) {
	var maps []spec.IDMap
	for _, value := range values {
		m, err := parseIDMap(value)
		if err != nil {
			return nil, fmt.Errorf("invalid value %q for --%s: %w", value, flag, err)
		}
		maps = append(maps, m)
	}
	return maps, nil
}

// parseIDMap reads CONTAINER:HOST[:SIZE], as podman has it.
func parseIDMap(s string) (spec.IDMap, error) {
	fields := strings.Split(s, ":")
	if len(fields) == 2 {
		fields = append(fields, "1")
	}
	if len(fields) != 3 {
		return spec.IDMap{}, errors.New("not CONTAINER:HOST[:SIZE]")
	}
	var numbers [3]uint32
	for i, field := range fields {
		number, err := strconv.ParseUint(field, 10, 32)
		if err != nil {
			return spec.IDMap{}, fmt.Errorf("%q is not a number from 0 to %d", field, uint32(1<<32-1))
		}
		numbers[i] = uint32(number)
	}
	m := spec.IDMap{Container: numbers[0], Host: numbers[1], Size: numbers[2]}
	return m, m.Validate()
}
