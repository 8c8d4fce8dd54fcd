package spec

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/mydocker/mydocker/cgroups/subsystems"
)

// Security says what the command may do, and what it may not although it is root.
type Security struct {
	// CapAdd and CapDrop change the capabilities: names like "CAP_NET_RAW", or "ALL".
	// Without them a root of the container's own has Docker's default, and the
	// host's root all that mydocker has.
	CapAdd, CapDrop []string
	// Privileged gives all capabilities and devices, no seccomp filter, and no masks.
	Privileged bool
	// Seccomp is SeccompDefault, SeccompUnconfined, or the file of a profile; "" is
	// SeccompDefault with a root of the container's own and SeccompUnconfined without.
	Seccomp string
	// NoNewPrivileges keeps execve from giving any (PR_SET_NO_NEW_PRIVS of prctl(2)).
	NoNewPrivileges bool
	// UnconfinedPaths leaves /proc and /sys without masked and read-only paths.
	UnconfinedPaths bool
	// Devices are the host's devices that the container gets.
	Devices []Device
	// DeviceRules allow the use of further devices: "c 10:200 rwm" (cgroup v1's
	// devices.allow).
	DeviceRules []DeviceRule
}

// Restricts reports whether it takes something from a command on the host's root.
func (s *Security) Restricts() bool {
	return len(s.CapAdd) > 0 || len(s.CapDrop) > 0 || s.NoNewPrivileges || s.Seccomp != "" && s.Seccomp != SeccompUnconfined
}

// Validate checks s for a container with a root of its own, or without.
func (s *Security) Validate(ownRoot bool) error {
	for _, name := range slices.Concat(s.CapAdd, s.CapDrop) {
		if name != AllCapabilities && CapabilityNumber(name) < 0 {
			return fmt.Errorf("unknown capability %q", name)
		}
	}
	if !ownRoot && len(s.Devices) > 0 {
		return errors.New("--device needs a root file system of the container's own (--image, --rootfs DIR, --overlay or --read-only): the command sees the host's /dev")
	}
	if !ownRoot && len(s.DeviceRules) > 0 {
		return errors.New("--device-cgroup-rule needs a root file system of the container's own (--image, --rootfs DIR, --overlay or --read-only): on the host's no device is barred")
	}
	if s.Seccomp != "" && s.Seccomp != SeccompDefault && s.Seccomp != SeccompUnconfined && !path.IsAbs(s.Seccomp) {
		return fmt.Errorf("seccomp profile %q is not an absolute path", s.Seccomp)
	}
	return s.validateDevices()
}

func (s *Security) validateDevices() error {
	for _, device := range s.Devices {
		if !path.IsAbs(device.Source) || !isAccess(device.Access) {
			return fmt.Errorf("device %q with access %q: not an absolute path and some of r, w and m", device.Source, device.Access)
		}
		if err := checkTarget(device.Target); err != nil {
			return fmt.Errorf("device %s: %w", device.Source, err)
		}
	}
	for _, rule := range s.DeviceRules {
		if !isAccess(rule.Access) || !strings.ContainsRune("abc", rune(rule.Type)) || rule.Major < AnyDevice || rule.Minor < AnyDevice {
			return fmt.Errorf("device rule %v is none", rule)
		}
	}
	return nil
}

// isAccess reports whether s is one or more of r, w and m.
func isAccess(s string) bool { return s != "" && strings.Trim(s, "rwm") == "" }

// The values of Security.Seccomp that are no files.
const (
	SeccompDefault    = "default"
	SeccompUnconfined = "unconfined"
)

// Device is a device of the host, or a directory with devices.
type Device struct {
	// Source is the host's path, Target the container's, both absolute.
	Source, Target string
	// Access is one or more of "r", "w" and "m" (mknod).
	Access string
}

// DeviceRule allows access to devices, whose numbers may be AnyDevice.
type DeviceRule = subsystems.DeviceRule

// AnyDevice stands for all numbers in a DeviceRule.
const AnyDevice = subsystems.AnyDevice
