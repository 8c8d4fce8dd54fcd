package subsystems

import (
	"fmt"
	"slices"
	"strconv"
)

// DevicesName is what says which devices processes may use: a controller of its own on
// v1; on v2 a program that the kernel asks, which any cgroup can have.
const DevicesName = "devices"

// DeviceRule allows access to devices, or denies it.
type DeviceRule struct {
	Deny bool
	// Type is 'c', 'b', or 'a' for both.
	Type byte
	// Major and Minor are numbers, AnyDevice for all.
	Major, Minor int64
	// Access is one or more of "r", "w" and "m" (mknod), in this order.
	Access string
	// Asked is Limit.Asked: a cgroup above may forbid what is but a default.
	Asked bool
}

// AnyDevice stands for all numbers in a DeviceRule.
const AnyDevice = -1

// everyAccess is all that a DeviceRule can allow.
const everyAccess = "rwm"

func (r *DeviceRule) String() string {
	return fmt.Sprintf("%c %s:%s %s", r.Type, deviceNumber(r.Major), deviceNumber(r.Minor), r.Access)
}

func deviceNumber(number int64) string {
	if number == AnyDevice {
		return "*"
	}
	return strconv.FormatInt(number, 10)
}

// isAll reports whether r allows everything.
func (r *DeviceRule) isAll() bool {
	return r.Type == 'a' && r.Major == AnyDevice && r.Minor == AnyDevice && r.Access == everyAccess
}

const (
	whyDeny   = "Root of the container may make device nodes, as of the host's disks, and use those that are there: from now on the kernel lets it use none."
	whyAllow  = "These are exceptions: block or character devices by their numbers, to read, to write, or to make nodes of (m)."
	whyDevice = "The kernel asks this program when a device is opened or a node of it is made, with those of the cgroups above; each must allow it."
)

// devicesSettings bars all devices but those of the rules: devices.deny and
// devices.allow on v1 (Documentation/admin-guide/cgroup-v1/devices.rst), on v2 a program
// (cgroup-v2.rst, "Device controller").
func devicesSettings(version Version, res *ResourceConfig) []Setting {
	if len(res.Devices) == 0 {
		return nil
	}
	asked := slices.ContainsFunc(res.Devices, func(r DeviceRule) bool { return r.Asked })
	if version == V2 {
		return []Setting{{
			Program: deviceProgram(res.Devices), Asked: asked, Why: whyDevice,
			Needs: "Linux 4.15 with CONFIG_CGROUP_BPF",
		}}
	}
	settings := []Setting{{File: "devices.deny", Value: "a", Asked: asked, Why: whyDeny}}
	for n := range res.Devices {
		for _, value := range v1Exceptions(&res.Devices[n]) {
			settings = append(settings, Setting{
				File: "devices.allow", Value: value, Asked: asked, BarredAbove: !res.Devices[n].Asked, Why: whyAllow,
			})
		}
	}
	return settings
}

// v1Exceptions are the lines for a rule. The kernel takes "a" for all devices, whatever
// numbers follow it.
func v1Exceptions(r *DeviceRule) []string {
	if r.Type != 'a' {
		return []string{r.String()}
	}
	if r.isAll() {
		return []string{"a"}
	}
	characters, blocks := *r, *r
	characters.Type, blocks.Type = 'c', 'b'
	return []string{characters.String(), blocks.String()}
}
