package cmd_test

import (
	"github.com/opencontainers/runtime-spec/specs-go"
)

// ociFaults are the ways in which a configuration is broken: nothing of it may run, unless
// ociDifferences says otherwise.
var ociFaults = []struct {
	name    string
	breakIt func(*draw)
}{
	{"no root", func(d *draw) { d.spec.Root = nil }},
	{"missing root", func(d *draw) { d.spec.Root.Path = "no-such" }},
	{"root is a file", func(d *draw) { d.spec.Root.Path = "config.json" }},
	{"version 2", func(d *draw) { d.spec.Version = "2.0.0" }},
	{"newer version", func(d *draw) { d.spec.Version = "1.2.1" }},
	{"no version", func(d *draw) { d.spec.Version = "" }},
	{"no arguments", func(d *draw) { d.spec.Process.Args = nil }},
	{"empty command", func(d *draw) { d.spec.Process.Args = []string{""} }},
	{"no such command", func(d *draw) { d.spec.Process.Args = []string{"/no-such"} }},
	{"command is a directory", func(d *draw) { d.spec.Process.Args = []string{"/etc"} }},
	{"command not executable", func(d *draw) { d.spec.Process.Args = []string{"/etc/passwd"} }},
	{"relative directory", func(d *draw) { d.spec.Process.Cwd = "tmp" }},
	{"no directory", func(d *draw) { d.spec.Process.Cwd = "" }},
	{"directory is a file", func(d *draw) { d.spec.Process.Cwd = "/etc/passwd" }},
	{"unknown rlimit", func(d *draw) { d.spec.Process.Rlimits = []specs.POSIXRlimit{{Type: "RLIMIT_NONE", Soft: 1, Hard: 1}} }},
	{"rlimit twice", func(d *draw) {
		d.spec.Process.Rlimits = []specs.POSIXRlimit{{Type: "RLIMIT_CORE", Soft: 1, Hard: 1}, {Type: "RLIMIT_CORE", Soft: 2, Hard: 2}}
	}},
	{"soft above hard", func(d *draw) {
		d.spec.Process.Rlimits = []specs.POSIXRlimit{{Type: "RLIMIT_CORE", Soft: 2, Hard: 1}}
	}},
	{"OOM score too high", func(d *draw) { d.spec.Process.OOMScoreAdj = pointerTo(1001) }},
	{"unknown namespace", func(d *draw) { d.namespace("none", "") }},
	{"namespace twice", func(d *draw) { d.namespace("mount", "") }},
	{"namespace of another type", func(d *draw) { d.namespace("cgroup", "/proc/self/ns/user") }},
	{"missing namespace", func(d *draw) { d.namespace("cgroup", "/no-such") }},
	{"relative namespace", func(d *draw) { d.namespace("cgroup", "proc/self/ns/cgroup") }},
	{"ids without user namespace", func(d *draw) {
		d.spec.Linux.UIDMappings = []specs.LinuxIDMapping{{HostID: ociMapped, Size: 10}}
		d.spec.Linux.GIDMappings = d.spec.Linux.UIDMappings
		d.remove("user")
	}},
	{"user namespace without ids", func(d *draw) {
		d.remove("user")
		d.namespace("user", "")
		d.spec.Linux.UIDMappings, d.spec.Linux.GIDMappings = nil, nil
	}},
	{"hostname of the host", func(d *draw) { d.remove("uts"); d.spec.Hostname = "probe" }},
	{"sysctl of the host", func(d *draw) { d.spec.Linux.Sysctl = map[string]string{"vm.swappiness": "10"} }},
	{"sysctl of the host's network", func(d *draw) {
		d.remove("network")
		d.spec.Linux.Sysctl = map[string]string{"net.ipv4.ip_forward": "0"}
	}},
	{"unknown sysctl", func(d *draw) { d.spec.Linux.Sysctl = map[string]string{"kernel.no_such": "1"} }},
	{"sysctl that leaves /proc/sys", func(d *draw) { d.spec.Linux.Sysctl = map[string]string{"net/../../self/oom_score_adj": "1"} }},
	{"unknown file system", func(d *draw) { d.mount("/x", "no-such", "x") }},
	{"missing source", func(d *draw) { d.mount("/x", "bind", "/no-such", "bind") }},
	{"relative source", func(d *draw) { d.mount("/x", "bind", "no-such", "bind") }},
	{"unknown option of a file system", func(d *draw) { d.mount("/x", "tmpfs", "tmpfs", "no_such_option") }},
	{"no destination", func(d *draw) { d.mount("", "tmpfs", "tmpfs") }},
	{"directory over a file", func(d *draw) { d.mount("/etc/passwd", "tmpfs", "tmpfs") }},
	{"mount on proc by a link", func(d *draw) { d.mount("/to-proc/x", "tmpfs", "tmpfs") }},
	{"unknown propagation", func(d *draw) { d.spec.Linux.RootfsPropagation = "none" }},
	{"unknown type of device", func(d *draw) {
		d.spec.Linux.Devices = []specs.LinuxDevice{{Path: "/dev/x", Type: "x", Major: 1, Minor: 3}}
	}},
	{"device without path", func(d *draw) { d.spec.Linux.Devices = []specs.LinuxDevice{{Type: "c", Major: 1, Minor: 3}} }},
	{"rule of an unknown type", func(d *draw) {
		d.spec.Linux.Resources.Devices = []specs.LinuxDeviceCgroup{{Allow: true, Type: "x", Access: "rwm"}}
	}},
	{"rule of an unknown access", func(d *draw) {
		d.spec.Linux.Resources.Devices = []specs.LinuxDeviceCgroup{{Allow: true, Type: "c", Access: "xyz"}}
	}},
	{"unknown system call", func(d *draw) { d.filter(specs.LinuxSyscall{Names: []string{"no_such_call"}, Action: specs.ActErrno}) }},
	{"unknown action", func(d *draw) { d.filter(specs.LinuxSyscall{Names: []string{"times"}, Action: "SCMP_ACT_NONE"}) }},
	{"unknown default action", func(d *draw) { d.spec.Linux.Seccomp = &specs.LinuxSeccomp{DefaultAction: "NONE"} }},
	{"unknown architecture", func(d *draw) {
		d.spec.Linux.Seccomp = &specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Architectures: []specs.Arch{"SCMP_ARCH_NONE"}}
	}},
	{"unknown comparison", func(d *draw) {
		d.filter(specs.LinuxSyscall{Names: []string{"times"}, Action: specs.ActErrno, Args: []specs.LinuxSeccompArg{{Op: "SCMP_CMP_NONE"}}})
	}},
	{"argument number 6", func(d *draw) {
		d.filter(specs.LinuxSyscall{Names: []string{"times"}, Action: specs.ActErrno, Args: []specs.LinuxSeccompArg{{Index: 6, Op: specs.OpEqualTo}}})
	}},
	{"errno of an action without", func(d *draw) {
		d.spec.Linux.Seccomp = &specs.LinuxSeccomp{DefaultAction: specs.ActAllow, DefaultErrnoRet: pointerTo[uint](38)}
	}},
	{"filter flag", func(d *draw) {
		d.spec.Linux.Seccomp = &specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Flags: []specs.LinuxSeccompFlag{specs.LinuxSeccompFlagLog}}
	}},
	{"unknown filter flag", func(d *draw) {
		d.spec.Linux.Seccomp = &specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Flags: []specs.LinuxSeccompFlag{"NONE"}}
	}},
	{"notify without a listener", func(d *draw) { d.filter(specs.LinuxSyscall{Names: []string{"times"}, Action: specs.ActNotify}) }},
	{"filter of no call", func(d *draw) { d.filter(specs.LinuxSyscall{Action: specs.ActErrno}) }},
	{"memory of one byte", func(d *draw) { d.spec.Linux.Resources.Memory = &specs.LinuxMemory{Limit: pointerTo[int64](1)} }},
	{"swap below memory", func(d *draw) {
		d.spec.Linux.Resources.Memory = &specs.LinuxMemory{Limit: pointerTo[int64](100 << 20), Swap: pointerTo[int64](50 << 20)}
	}},
	{"quota of one", func(d *draw) { d.spec.Linux.Resources.CPU = &specs.LinuxCPU{Quota: pointerTo[int64](1)} }},
	{"CPU that is not there", func(d *draw) { d.spec.Linux.Resources.CPU = &specs.LinuxCPU{Cpus: "9999"} }},
	{"unknown page size", func(d *draw) {
		d.spec.Linux.Resources.HugepageLimits = []specs.LinuxHugepageLimit{{Pagesize: "3MB", Limit: 1}}
	}},
	{"unknown unified", func(d *draw) { d.spec.Linux.Resources.Unified = map[string]string{"no.such": "1"} }},
	{"cgroup that leaves its tree", func(d *draw) { d.spec.Linux.CgroupsPath += "/../../../x" }},
	{"hook with a relative path", func(d *draw) { d.hook("prestart", "bin/true", 0) }},
	{"hook that is missing", func(d *draw) { d.hook("createRuntime", "/no-such", 0) }},
	{"hook with no time", func(d *draw) { d.hook("createRuntime", "/bin/true", -1) }},
	{"failing prestart", func(d *draw) { d.hook("prestart", "/bin/false", 0) }},
	{"failing createRuntime", func(d *draw) { d.hook("createRuntime", "/bin/false", 0) }},
	{"failing createContainer", func(d *draw) { d.hook("createContainer", "/bin/false", 0) }},
	{"failing startContainer", func(d *draw) { d.hook("startContainer", "/no-such", 0) }},
	{"failing poststop", func(d *draw) { d.hook("poststop", "/bin/false", 0) }},
	{"unknown capability", func(d *draw) {
		d.spec.Process.Capabilities = &specs.LinuxCapabilities{Bounding: []string{"CAP_NONE"}}
	}},
	{"ambient beyond inheritable", func(d *draw) {
		d.spec.Process.Capabilities = &specs.LinuxCapabilities{Bounding: []string{"CAP_KILL"}, Permitted: []string{"CAP_KILL"}, Ambient: []string{"CAP_KILL"}}
	}},
	{"effective beyond permitted", func(d *draw) {
		d.spec.Process.Capabilities = &specs.LinuxCapabilities{Bounding: []string{"CAP_KILL"}, Effective: []string{"CAP_KILL"}}
	}},
	{"time offsets without namespace", func(d *draw) {
		d.remove("time")
		d.spec.Linux.TimeOffsets = map[string]specs.LinuxTimeOffset{"boottime": {Secs: 1}}
	}},
	{"terminal without one", func(d *draw) { d.spec.Process.Terminal = true }},
	{"unknown personality", func(d *draw) { d.spec.Linux.Personality = &specs.LinuxPersonality{Domain: "NONE"} }},
	{"AppArmor without AppArmor", func(d *draw) { d.spec.Process.ApparmorProfile = "no-such" }},
	{"SELinux without SELinux", func(d *draw) { d.spec.Process.SelinuxLabel = "a:b:c:d" }},
}

func (d *draw) remove(kind specs.LinuxNamespaceType) {
	var left []specs.LinuxNamespace
	for _, namespace := range d.spec.Linux.Namespaces {
		if namespace.Type != kind {
			left = append(left, namespace)
		}
	}
	d.spec.Linux.Namespaces = left
}

func (d *draw) mount(destination, kind, source string, options ...string) {
	d.spec.Mounts = append(d.spec.Mounts, specs.Mount{Destination: destination, Type: kind, Source: source, Options: options})
}

func (d *draw) filter(rule specs.LinuxSyscall) {
	d.spec.Linux.Seccomp = &specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Syscalls: []specs.LinuxSyscall{rule}}
}

// hook adds one, with a time-out unless that is 0.
func (d *draw) hook(kind, path string, timeout int) {
	hook := specs.Hook{Path: path}
	if timeout != 0 {
		hook.Timeout = &timeout
	}
	if d.spec.Hooks == nil {
		d.spec.Hooks = &specs.Hooks{}
	}
	h := d.spec.Hooks
	list := map[string]*[]specs.Hook{
		"prestart": &h.Prestart, "createRuntime": &h.CreateRuntime, "createContainer": &h.CreateContainer, //nolint:staticcheck // what Docker uses
		"startContainer": &h.StartContainer, "poststart": &h.Poststart, "poststop": &h.Poststop,
	}[kind]
	*list = append(*list, hook)
}
