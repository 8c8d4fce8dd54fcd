package cmd

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/container/spec"
)

func securityFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "cap-add", Usage: "give a capability of capabilities(7), as in NET_ADMIN, or ALL; may be repeated"},
		&cli.StringSliceFlag{Name: "cap-drop", Usage: "take a capability, or ALL; may be repeated"},
		&cli.BoolFlag{Name: "privileged", Usage: "give all capabilities and devices, and filter and hide nothing"},
		&cli.StringSliceFlag{
			Name:  "security-opt",
			Usage: "seccomp=default, unconfined or a profile's FILE; no-new-privileges; systempaths=unconfined; may be repeated",
		},
		&cli.StringSliceFlag{Name: "device", Usage: "give a device of the host, HOST[:CONTAINER][:rwm]; may be repeated"},
		&cli.StringSliceFlag{Name: "device-cgroup-rule", Usage: "allow the use of devices, as in 'c 10:200 rwm'; may be repeated"},
	}
}

// parseSecurity reads the flags of what the command may do. What the files say of devices is
// for runs alone that have a root of their own.
func parseSecurity(c *cli.Command, root *spec.Root) (s spec.Security, err error) {
	s.Privileged = c.Bool("privileged")
	for _, list := range []struct {
		flag string
		to   *[]string
	}{{"cap-add", &s.CapAdd}, {"cap-drop", &s.CapDrop}} {
		if err := parseRareList(c, list.flag, parseCapability, list.to); err != nil {
			return s, err
		}
	}
	for _, option := range listOf(c, "security-opt") {
		if err := parseSecurityOption(option, &s); err != nil {
			return s, fmt.Errorf("invalid value %q for --security-opt: %w", option, err)
		}
	}
	if root.Own() || c.IsSet("device") {
		err = parseRareList(c, "device", parseDevice, &s.Devices)
	}
	if (root.Own() || c.IsSet("device-cgroup-rule")) && err == nil {
		err = parseRareList(c, "device-cgroup-rule", parseDeviceRule, &s.DeviceRules)
	}
	return s, err
}

// parseCapability reads a name in any case, with and without its prefix.
func parseCapability(s string) (string, error) {
	name := spec.CapabilityName(s)
	if name == spec.AllCapabilities || spec.CapabilityNumber(name) >= 0 {
		return name, nil
	}
	nearest, least := "", len(name)
	for _, known := range spec.Capabilities() {
		if d := distance(name, known.Name); d < least {
			nearest, least = known.Name, d
		}
	}
	short := func(name string) string { return strings.TrimPrefix(name, "CAP_") }
	return "", fmt.Errorf("unknown capability%s", suggest(short(name), short(nearest)))
}

// parseSecurityOption reads KEY=VALUE, or the older KEY:VALUE.
func parseSecurityOption(option string, s *spec.Security) (err error) {
	key, value, hasValue := strings.Cut(option, "=")
	if !hasValue {
		key, value, hasValue = strings.Cut(option, ":")
	}
	switch {
	case key == "no-new-privileges":
		s.NoNewPrivileges = true
		if hasValue {
			if s.NoNewPrivileges, err = strconv.ParseBool(value); err != nil {
				return errors.New(neitherTrueNorFalse)
			}
		}
		return nil
	case !hasValue || value == "":
		return errors.New("not no-new-privileges, and not KEY=VALUE such as seccomp=unconfined")
	case key == "seccomp":
		s.Seccomp, err = parseSeccomp(value)
		return err
	case key == "systempaths" && value == spec.SeccompUnconfined:
		s.UnconfinedPaths = true
		return nil
	case key == "apparmor" && value == spec.SeccompUnconfined, key == "label" && value == "disable":
		return nil // as it is
	}
	return insteadOfOption(key)
}

// parseSeccomp makes the file of a profile absolute. Docker calls its own profile builtin.
func parseSeccomp(value string) (string, error) {
	switch value {
	case "builtin":
		return spec.SeccompDefault, nil
	case spec.SeccompDefault, spec.SeccompUnconfined:
		return value, nil
	}
	return absolutePath("security-opt", value)
}

// insteadOfOption says why an option of Docker's cannot be had.
func insteadOfOption(key string) error {
	switch key {
	case "apparmor":
		return errors.New("the command keeps mydocker's AppArmor profile: no other one is set; aa-exec -p PROFILE mydocker run ... runs both below one")
	case "label":
		return errors.New("no SELinux label is set; runcon(1) before mydocker sets that of both")
	case "systempaths":
		return errors.New("it is unconfined, or not given")
	case "writable-cgroups":
		return errors.New("the container's view of its cgroups is read-only with a root file system of its own, or with --privileged the host's")
	}
	return fmt.Errorf("there is no option %q: seccomp, no-new-privileges, systempaths", key)
}

// parseDevice reads HOST[:CONTAINER][:ACCESS]. As in Docker, what may be an access is
// one, unless a third field follows.
func parseDevice(s string) (spec.Device, error) {
	fields := strings.Split(s, ":")
	device := spec.Device{Source: fields[0], Target: fields[0], Access: "rwm"}
	switch {
	case len(fields) > 3 || fields[0] == "":
		return device, errors.New("invalid device specification: not HOST[:CONTAINER][:rwm]")
	case len(fields) == 3:
		device.Target, device.Access = fields[1], fields[2]
	case len(fields) == 2 && isAccess(fields[1]):
		device.Access = fields[1]
	case len(fields) == 2:
		device.Target = fields[1]
	}
	switch {
	case !isAccess(device.Access):
		return device, fmt.Errorf("bad mode specified: %q is not one or more of r, w and m", device.Access)
	case device.Target == "" || !filepath.IsAbs(device.Target):
		return device, fmt.Errorf("%q is not an absolute path", device.Target)
	case !filepath.IsAbs(device.Source):
		return device, fmt.Errorf("%q is not an absolute path", device.Source)
	}
	device.Target = filepath.Clean(device.Target)
	return device, nil
}

// isAccess reports whether s has one or more of r, w and m, each once.
func isAccess(s string) bool {
	return s != "" && strings.Trim(s, "rwm") == "" &&
		strings.Count(s, "r") < 2 && strings.Count(s, "w") < 2 && strings.Count(s, "m") < 2
}

// parseDeviceRule reads "TYPE MAJOR:MINOR ACCESS".
func parseDeviceRule(s string) (spec.DeviceRule, error) {
	wrong := errors.New(`invalid device cgroup format: not "c MAJOR:MINOR rwm", where c may be b or a, and a number *`)
	fields := strings.Split(s, " ")
	if len(fields) != 3 || !slices.Contains([]string{"a", "b", "c"}, fields[0]) || strings.Trim(fields[2], "rwm") != "" || fields[2] == "" || len(fields[2]) > 3 {
		return spec.DeviceRule{}, wrong
	}
	major, minor, hasMinor := strings.Cut(fields[1], ":")
	rule := spec.DeviceRule{Type: fields[0][0], Asked: true}
	var isMajor, isMinor bool
	rule.Major, isMajor = parseDeviceNumber(major)
	rule.Minor, isMinor = parseDeviceNumber(minor)
	if !hasMinor || !isMajor || !isMinor {
		return spec.DeviceRule{}, wrong
	}
	for _, access := range "rwm" { // in this order, each once
		if strings.ContainsRune(fields[2], access) {
			rule.Access += string(access)
		}
	}
	return rule, nil
}

// parseDeviceNumber reads a number of 32 bits, or *.
func parseDeviceNumber(s string) (number int64, ok bool) {
	if s == "*" {
		return spec.AnyDevice, true
	}
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 10, 32)
	return int64(n), err == nil
}
