package spec

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

// DeviceRule allows access to devices.
type DeviceRule struct {
	// Type is 'c', 'b', or 'a' for both.
	Type byte
	// Major and Minor are numbers, AnyDevice for all.
	Major, Minor int64
	// Access is one or more of "r", "w" and "m".
	Access string
}

// AnyDevice stands for all numbers in a DeviceRule.
const AnyDevice = -1
