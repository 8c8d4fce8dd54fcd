package container

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"mydocker/cgroups/subsystems"
	"mydocker/utils"
)

// Config describes one container. It is complete: the engine asks neither the
// command line nor the environment for more.
type Config struct {
	// Command is the command and its arguments, byte for byte.
	Command []string
	// Env is the environment of the command, as "NAME=value".
	Env []string
	// TTY asks for a pseudo-terminal, Interactive for stdin.
	TTY, Interactive bool
	// Namespaces are those that it has in common with the host.
	Namespaces Namespaces
	// Name is the container's own below its cgroup parent, as long as it lives;
	// "" is none.
	Name string
	// IDFile is where the container's id is written to, PIDFile where the host's
	// pid of its PID 1 is; "" is nowhere.
	IDFile, PIDFile string
	// Init makes PID 1 a reaper and the command its child.
	Init bool
	// Resources are the limits.
	Resources *subsystems.ResourceConfig
	// CgroupParent is the cgroup below which the container's own is made, as
	// an absolute path in each hierarchy, none of whose names is like an id: it
	// would be taken for a container that nobody looks after.
	CgroupParent string
}

// Validate checks c before anything is created.
func (c *Config) Validate() error {
	if len(c.Command) == 0 {
		return errors.New("no command given")
	}
	for _, list := range [][]string{c.Command, c.Env} {
		for _, s := range list {
			if strings.ContainsRune(s, 0) {
				return fmt.Errorf("%q holds a NUL byte, which no argument can", s)
			}
		}
	}
	if !path.IsAbs(c.CgroupParent) || path.Clean(c.CgroupParent) != c.CgroupParent {
		return fmt.Errorf("cgroup parent %q is not a plain absolute path such as /mydocker", c.CgroupParent)
	}
	if slices.ContainsFunc(strings.Split(c.CgroupParent, "/"), utils.IsID) {
		return fmt.Errorf("cgroup parent %q: a name of 12 hexadecimal digits is a container's", c.CgroupParent)
	}
	return c.Resources.Validate()
}
