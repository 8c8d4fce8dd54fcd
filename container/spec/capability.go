package spec

import "strings"

// Capability is one of capabilities(7).
type Capability struct {
	// Name begins with "CAP_".
	Name string
	// Allows says what a process may do with it, as in "It may ...".
	Allows string
}

// AllCapabilities stands for each in Security.CapAdd and CapDrop.
const AllCapabilities = "ALL"

// Capabilities are all of Linux 6, by their numbers.
func Capabilities() [41]Capability {
	return [...]Capability{
		{"CAP_CHOWN", "give any file to anybody"},
		{"CAP_DAC_OVERRIDE", "read, write and execute any file, whatever its mode"},
		{"CAP_DAC_READ_SEARCH", "read any file, also by its handle, which needs no path (open_by_handle_at)"},
		{"CAP_FOWNER", "change modes and times of files that are another's"},
		{"CAP_FSETID", "keep the set-user-ID bit of a file that it changes"},
		{"CAP_KILL", "send signals to anybody's processes"},
		{"CAP_SETGID", "take any group"},
		{"CAP_SETUID", "become any user"},
		{"CAP_SETPCAP", "give its capabilities up for good"},
		{"CAP_LINUX_IMMUTABLE", "change the append-only and immutable flags of files"},
		{"CAP_NET_BIND_SERVICE", "bind ports below 1024"},
		{"CAP_NET_BROADCAST", "use a right that the kernel asks for nowhere"},
		{"CAP_NET_ADMIN", "set up interfaces, routes and firewalls"},
		{"CAP_NET_RAW", "use raw and packet sockets"},
		{"CAP_IPC_LOCK", "lock memory beyond its limit"},
		{"CAP_IPC_OWNER", "use System V shared memory, queues and semaphores of others"},
		{"CAP_SYS_MODULE", "load code into the kernel"},
		{"CAP_SYS_RAWIO", "read and write ports and the memory of devices, or send disks their own commands"},
		{"CAP_SYS_CHROOT", "use chroot and join mount namespaces"},
		{"CAP_SYS_PTRACE", "look into any process, or change it"},
		{"CAP_SYS_PACCT", "turn the accounting of processes on and off"},
		{"CAP_SYS_ADMIN", "mount, make namespaces, and much else that is as good as root"},
		{"CAP_SYS_BOOT", "reboot, or start another kernel"},
		{"CAP_SYS_NICE", "raise priorities, or set those of others"},
		{"CAP_SYS_RESOURCE", "go beyond quotas and its own hard limits"},
		{"CAP_SYS_TIME", "set the host's clock"},
		{"CAP_SYS_TTY_CONFIG", "hang up and set up virtual terminals"},
		{"CAP_MKNOD", "make device nodes"},
		{"CAP_LEASE", "take leases on files of others"},
		{"CAP_AUDIT_WRITE", "write to the audit log, as login and sudo do"},
		{"CAP_AUDIT_CONTROL", "change what is audited"},
		{"CAP_SETFCAP", "give files capabilities"},
		{"CAP_MAC_OVERRIDE", "go past Smack's rules"},
		{"CAP_MAC_ADMIN", "change the rules of a security module"},
		{"CAP_SYSLOG", "read the kernel's log, and where its code lies"},
		{"CAP_WAKE_ALARM", "wake the host from its sleep"},
		{"CAP_BLOCK_SUSPEND", "keep the host from its sleep"},
		{"CAP_AUDIT_READ", "read the audit log"},
		{"CAP_PERFMON", "measure any process and the kernel"},
		{"CAP_BPF", "load programs into the kernel's virtual machine"},
		{"CAP_CHECKPOINT_RESTORE", "choose the numbers of new processes"},
	}
}

// CapabilityName is the form of a name that Capabilities has, in which case and with
// which prefix it may be given: "CAP_NET_RAW" for "net_raw". It need not exist.
func CapabilityName(name string) string {
	name = strings.ToUpper(name)
	if name == AllCapabilities || strings.HasPrefix(name, "CAP_") {
		return name
	}
	return "CAP_" + name
}

// CapabilityNumber is the number of a capability, by that form of its name. It is -1 if
// there is none.
func CapabilityNumber(name string) int {
	for number, capability := range Capabilities() {
		if capability.Name == name {
			return number
		}
	}
	return -1
}
