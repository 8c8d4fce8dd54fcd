package container

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/container/explain"
	"github.com/mydocker/mydocker/container/report"
	"github.com/mydocker/mydocker/utils"
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
	// Namespaces says which it has of its own.
	Namespaces Namespaces
	// Explain tells on stderr what is done; Colour does so where that is a terminal.
	Explain explain.Format
	// World is what else the command finds.
	World World
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
	// ParentAsked is whether the user asked for that one. If not, an ordinary
	// user's is below the cgroup that is delegated to that user.
	ParentAsked bool
	// Lifetime limits the container's time.
	Lifetime Lifetime
	// KeepSignals is whether signals are not passed on to the command. One
	// that ends a program by default ends the container then, by SIGKILL.
	KeepSignals bool
	// Late gets a signal that ends a program and comes when the command has ended;
	// nil if nobody wants to know.
	Late chan<- os.Signal
	// Report is told how the run went; nil if nobody wants to know.
	Report *report.Report
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
	if c.IDFile != "" && c.PIDFile != "" && absolute(c.IDFile) == absolute(c.PIDFile) {
		return fmt.Errorf("%s cannot be both the cidfile and the pidfile", c.IDFile)
	}
	if err := c.World.validate(c.privateNamespaces()); err != nil {
		return err
	}
	if err := c.Lifetime.Validate(); err != nil {
		return err
	}
	return c.Resources.Validate()
}

// absolute is path as far as its name tells; what cannot be told stays.
func absolute(path string) string {
	if full, err := filepath.Abs(path); err == nil {
		return full
	}
	return path
}

// privateNamespaces are those of the container's own.
func (c *Config) privateNamespaces() privateNamespaces {
	return privateNamespaces{uts: !c.Namespaces.HostUTS, ipc: !c.Namespaces.HostIPC, network: !c.Namespaces.HostNetwork}
}

// counted lists the controllers that count what nothing else may need.
func (c *Config) counted() []string {
	if c.Report == nil && c.Lifetime.Timeout == 0 && c.Lifetime.CPUTime == 0 {
		return nil
	}
	return subsystems.Counters()
}
