package cgroups

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
)

// MissingError says that the host offers no way to apply a limit.
type MissingError struct {
	Controller string
	Reason     string
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("cgroup controller %s is not available: %s", e.Controller, e.Reason)
}

// UnavailableError says that CPUs or memory nodes were asked for that the
// container cannot have.
type UnavailableError struct {
	What              string
	Wanted, Available fmt.Stringer
}

func (e *UnavailableError) Error() string {
	return fmt.Sprintf("%s %s are not all available: this host (or the cgroup parent) has %s", e.What, e.Wanted, e.Available)
}

// cannotGive tells the failures that mean "this host does not offer it" from
// those that mean "something went wrong". Only for the former may a default
// limit be left out.
func cannotGive(err error) bool {
	var missing *MissingError
	return errors.As(err, &missing) ||
		errors.Is(err, unix.EROFS) || errors.Is(err, unix.EACCES) ||
		errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOENT)
}

// WithCause adds the likely cause to an error of a cgroup file or directory.
func WithCause(err error, version subsystems.Version) error {
	var needs *subsystems.NeedsError
	if errors.As(err, &needs) {
		return err
	}
	causes := []struct {
		errno unix.Errno
		cause string
	}{
		{unix.EROFS, "the cgroup hierarchy is mounted read-only; remount it read-write or lift the limit"},
		{unix.EACCES, "this cgroup is not delegated to you; run as root or ask for delegation"},
		{unix.EPERM, "this cgroup is not delegated to you; run as root or ask for delegation"},
		{unix.ENOENT, "the controller is not enabled in this cgroup"},
		{unix.ENOSPC, "a cpuset above has no CPUs or no memory nodes, or a cgroup limit on descendants is reached"},
		{unix.EINVAL, "the kernel does not accept this value here"},
		{unix.ERANGE, "the kernel does not accept this value here"},
		{unix.ENODEV, "there is no such disk; a part of a disk has no limits of its own"},
		{unix.EOPNOTSUPP, "the cgroup above is threaded, or holds processes itself"},
	}
	if errors.Is(err, unix.EINVAL) && strings.Contains(err.Error(), "cpu.cfs_quota_us") {
		return fmt.Errorf("%w (on cgroup v1 it can be no more of the period than the cgroups above have)", err)
	}
	for _, c := range causes {
		if errors.Is(err, c.errno) {
			return fmt.Errorf("%w (%s)", err, c.cause)
		}
	}
	if errors.Is(err, unix.EBUSY) && version == subsystems.V2 {
		return fmt.Errorf("%w (a cgroup that holds processes cannot enable controllers for its children; use --cgroup-parent)", err)
	}
	return err
}
