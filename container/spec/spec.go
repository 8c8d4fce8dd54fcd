// Package spec says what a container is: plain values, and whether they make sense.
// It asks neither the host nor the kernel for anything.
package spec

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// Spec describes one container. It is complete: the engine asks neither the
// command line nor the environment for more.
type Spec struct {
	// Command is the command and its arguments, byte for byte.
	Command []string
	// Env is the environment of the command, as "NAME=value".
	Env []string
	// TTY asks for a pseudo-terminal, Interactive for stdin.
	TTY, Interactive bool
	// Namespaces says which it has of its own.
	Namespaces Namespaces
	// World is what else the command finds.
	World World
	// Root is its root file system.
	Root Root
	// Mounts are made in a root of its own, no two at the same target.
	Mounts []Mount
	// ShmSize is the size of /dev/shm in bytes, 0 for DefaultShmSize.
	ShmSize int64
	// Security says what the command may do.
	Security Security
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
	// would be taken for a container that nobody looks after. "" is below
	// mydocker's own (cgroups.NewCgroupManager), or for an ordinary user below the
	// one that is delegated to that user.
	CgroupParent string
	// Lifetime limits the container's time.
	Lifetime Lifetime
	// Notify says who tells a service manager that the container has started, one of the constants;
	// "" is the command of a run in the foreground, and else mydocker.
	Notify string
}

// Who tells a service manager that a container has started, in podman's words.
const (
	NotifyContainer = "container" // the command
	NotifyConmon    = "conmon"    // mydocker, when the command runs
	NotifyHealthy   = "healthy"   // mydocker, when the first health check has succeeded
	NotifyIgnore    = "ignore"    // nobody
)

// Validate checks s before anything is created.
func (s *Spec) Validate() error {
	if len(s.Command) == 0 {
		return errors.New("no command given")
	}
	return s.ValidateAsked()
}

// ValidateAsked is Validate before the image is known, which may have the command.
func (s *Spec) ValidateAsked() error {
	for _, list := range [][]string{s.Command, s.Env} {
		for _, text := range list {
			if strings.ContainsRune(text, 0) {
				return fmt.Errorf("%q holds a NUL byte, which no argument can", text)
			}
		}
	}
	if s.CgroupParent != "" && (!path.IsAbs(s.CgroupParent) || path.Clean(s.CgroupParent) != s.CgroupParent) {
		return fmt.Errorf("cgroup parent %q is not a plain absolute path such as /mydocker", s.CgroupParent)
	}
	if slices.ContainsFunc(strings.Split(s.CgroupParent, "/"), utils.IsID) {
		return fmt.Errorf("cgroup parent %q: a name of 12 hexadecimal digits is a container's", s.CgroupParent)
	}
	if s.IDFile != "" && s.PIDFile != "" && absolute(s.IDFile) == absolute(s.PIDFile) {
		return fmt.Errorf("%s cannot be both the cidfile and the pidfile", s.IDFile)
	}
	for _, validate := range []func() error{
		s.Namespaces.User.validate, s.validateWorld, s.validateRoot, s.validateSecurity, s.Lifetime.Validate, s.Resources.Validate,
	} {
		if err := validate(); err != nil {
			return err
		}
	}
	return nil
}

func (s *Spec) validateWorld() error { return s.World.validate(s.privateNamespaces()) }

func (s *Spec) validateSecurity() error { return s.Security.Validate(s.Root.Own()) }

func (s *Spec) validateRoot() error {
	if err := s.Root.validate(); err != nil {
		return err
	}
	switch {
	case s.Root.Own():
	case len(s.Mounts) > 0:
		return s.Mounts[0].failed(ErrNeedsRoot)
	case s.ShmSize != 0:
		return fmt.Errorf("--shm-size: %w", ErrNeedsRoot)
	}
	if s.ShmSize != 0 && s.Namespaces.HostIPC {
		return errors.New("--shm-size: with --ipc host the container has the host's /dev/shm, whose size is the host's")
	}
	return validateMounts(s.Mounts)
}

// absolute is path as far as its name tells; what cannot be told stays.
func absolute(path string) string {
	if full, err := filepath.Abs(path); err == nil {
		return full
	}
	return path
}

// privateNamespaces are those of the container's own.
func (s *Spec) privateNamespaces() PrivateNamespaces {
	return PrivateNamespaces{UTS: !s.Namespaces.HostUTS, IPC: !s.Namespaces.HostIPC, Network: !s.Namespaces.HostNetwork}
}

// ErrNeedsRoot is why nothing can be mounted in a root that is the host's.
const ErrNeedsRoot = utils.Sentinel("it needs a root file system of the container's own: --image, --rootfs DIR, --overlay or --read-only")
