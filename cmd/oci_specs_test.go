package cmd_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// draw is a configuration that is being made up.
type draw struct {
	*rand.Rand
	lab  *differential
	spec specs.Spec
	done []string // what has been chosen
}

// ociSeed is fixed: configuration number n is always the same one.
const ociSeed = 14

// drawSpec makes up configuration n. Two of five are broken in one way, each time in the next.
func drawSpec(lab *differential, n int) *draw {
	d := &draw{Rand: rand.New(rand.NewPCG(ociSeed, uint64(n))), lab: lab}
	d.begin()
	for _, feature := range ociFeatures {
		if d.IntN(100) < feature.chance {
			d.done = append(d.done, feature.name)
			feature.choose(d)
		}
	}
	if n%5 == 1 || n%5 == 3 {
		fault := ociFaults[(n/5*2+n%5/3)%len(ociFaults)]
		d.done = append(d.done, "broken: "+fault.name)
		fault.breakIt(d)
	}
	return d
}

func one[T any](d *draw, from ...T) T { return from[d.IntN(len(from))] }

// some is a part of from, in its order.
func some[T any](d *draw, from ...T) (part []T) {
	for _, value := range from {
		if d.IntN(2) == 0 {
			part = append(part, value)
		}
	}
	return part
}

func pointerTo[T any](value T) *T { return &value }

// begin is what all have: what engines ask for.
func (d *draw) begin() {
	caps := []string{"CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"}
	d.spec = specs.Spec{
		Version: "1.0.2",
		Root:    &specs.Root{Path: "rootfs"},
		Process: &specs.Process{
			Args: []string{"/probe"}, Env: []string{"PATH=/bin", "A=b"}, Cwd: "/",
			Capabilities: &specs.LinuxCapabilities{Bounding: caps, Effective: caps, Permitted: caps},
			Rlimits:      []specs.POSIXRlimit{{Type: "RLIMIT_NOFILE", Hard: 1024, Soft: 1024}},
		},
		Hostname: "probe",
		Mounts: []specs.Mount{
			{Destination: "/proc", Type: "proc", Source: "proc", Options: []string{"nosuid", "noexec", "nodev"}},
			{Destination: "/dev", Type: "tmpfs", Source: "tmpfs", Options: []string{"nosuid", "strictatime", "mode=755", "size=65536k"}},
			{Destination: "/dev/pts", Type: "devpts", Source: "devpts", Options: []string{"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}},
			{Destination: "/dev/shm", Type: "tmpfs", Source: "shm", Options: []string{"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}},
			{Destination: "/dev/mqueue", Type: "mqueue", Source: "mqueue", Options: []string{"nosuid", "noexec", "nodev"}},
			{Destination: "/sys", Type: "sysfs", Source: "sysfs", Options: []string{"nosuid", "noexec", "nodev", "ro"}},
			{Destination: "/sys/fs/cgroup", Type: "cgroup", Source: "cgroup", Options: []string{"nosuid", "noexec", "nodev", "relatime", "ro"}},
		},
		Linux: &specs.Linux{
			CgroupsPath: d.lab.cgroup,
			Resources:   &specs.LinuxResources{Devices: []specs.LinuxDeviceCgroup{{Allow: false, Access: "rwm"}}},
			Namespaces:  []specs.LinuxNamespace{{Type: "pid"}, {Type: "network"}, {Type: "ipc"}, {Type: "uts"}, {Type: "mount"}},
		},
	}
}

// ociFeatures are what a valid configuration may have, each with its chance in a hundred.
var ociFeatures = []struct {
	name   string
	chance int
	choose func(*draw)
}{
	{"exit status", 50, func(d *draw) { d.args(fmt.Sprintf("exit:%d", d.IntN(256))) }},
	{"user", 40, func(d *draw) {
		d.spec.Process.User = specs.User{UID: one[uint32](d, 0, 1000, 65534), GID: one[uint32](d, 0, 100, 65534), AdditionalGids: some[uint32](d, 0, 5, 100, 70000)}
	}},
	{"umask", 20, func(d *draw) { d.spec.Process.User.Umask = pointerTo(one[uint32](d, 0, 0o22, 0o77, 0o777)) }},
	{"directory", 30, func(d *draw) {
		d.spec.Process.Cwd = one(d, "/tmp", "/made/for/it", "/dev/shm", "/closed", "//tmp/../etc/")
	}},
	{"environment", 30, func(d *draw) {
		d.spec.Process.Env = append(some(d, "PATH=/bin:/usr/bin", "HOME=/home", "A=1", "A=2", "EMPTY=", "LINES=a\nb", "TERM=xterm"), "LAST=")
	}},
	{"capabilities", 40, (*draw).capabilities},
	{"no capabilities", 5, func(d *draw) { d.spec.Process.Capabilities = nil }},
	{"rlimits", 30, func(d *draw) {
		d.spec.Process.Rlimits = some(d,
			specs.POSIXRlimit{Type: "RLIMIT_CORE", Soft: 0, Hard: 0}, specs.POSIXRlimit{Type: "RLIMIT_NPROC", Soft: 200, Hard: 300},
			specs.POSIXRlimit{Type: "RLIMIT_NOFILE", Soft: 64, Hard: 128}, specs.POSIXRlimit{Type: "RLIMIT_STACK", Soft: 1 << 22, Hard: 1 << 23},
			specs.POSIXRlimit{Type: "RLIMIT_CPU", Soft: 100, Hard: 200}, specs.POSIXRlimit{Type: "RLIMIT_FSIZE", Soft: 1 << 30, Hard: 1 << 31},
			specs.POSIXRlimit{Type: "RLIMIT_MEMLOCK", Soft: 4096, Hard: 8192}, specs.POSIXRlimit{Type: "RLIMIT_MSGQUEUE", Soft: 100, Hard: 200})
	}},
	{"no new privileges", 50, func(d *draw) { d.spec.Process.NoNewPrivileges = true }},
	{"OOM score", 40, func(d *draw) { d.spec.Process.OOMScoreAdj = pointerTo(one(d, 0, 1, 500, 1000)) }},
	{"read-only root", 30, func(d *draw) { d.spec.Root.Readonly = true }},
	{"mounts", 50, (*draw).mounts},
	{"fewer mounts", 15, func(d *draw) {
		gone := some(d, "/dev/shm", "/dev/mqueue", "/sys/fs/cgroup", "/dev/pts")
		d.spec.Mounts = slices.DeleteFunc(d.spec.Mounts, func(m specs.Mount) bool { return slices.Contains(gone, m.Destination) })
	}},
	{"namespaces", 40, (*draw).namespaces},
	{"cgroup namespace", 40, func(d *draw) { d.namespace("cgroup", "") }},
	{"time namespace", 5, func(d *draw) {
		d.namespace("time", "")
		d.spec.Linux.TimeOffsets = map[string]specs.LinuxTimeOffset{"boottime": {Secs: 1000, Nanosecs: 5}, "monotonic": {Secs: 77}}
	}},
	{"user namespace", 12, (*draw).userNamespace},
	{"sysctls", 25, (*draw).sysctls},
	{"masked paths", 40, func(d *draw) {
		d.spec.Linux.MaskedPaths = some(d, "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/acpi", "/proc/asound", "/sys/firmware", "/no/such", "/etc/passwd", "/data")
	}},
	{"read-only paths", 40, func(d *draw) {
		d.spec.Linux.ReadonlyPaths = some(d, "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger", "/tmp", "/no/such", "/etc/passwd")
	}},
	{"devices", 25, (*draw).devices},
	{"propagation", 30, func(d *draw) {
		d.spec.Linux.RootfsPropagation = one(d, "private", "slave", "shared", "unbindable", "rprivate", "rslave", "rshared")
	}},
	{"seccomp", 35, (*draw).seccomp},
	{"memory", 35, (*draw).memory},
	{"CPU", 35, (*draw).cpu},
	{"pids", 35, func(d *draw) {
		d.spec.Linux.Resources.Pids = &specs.LinuxPids{Limit: pointerTo(one[int64](d, 50, 1000))}
	}},
	{"no limit of pids or CPU", 6, func(d *draw) {
		d.spec.Linux.Resources.Pids = &specs.LinuxPids{Limit: pointerTo[int64](-1)}
		d.spec.Linux.Resources.CPU = &specs.LinuxCPU{Quota: pointerTo[int64](-1)}
	}},
	{"relative cgroup", 15, func(d *draw) { d.spec.Linux.CgroupsPath = strings.TrimPrefix(d.spec.Linux.CgroupsPath, "/") }},
	{"annotations", 20, func(d *draw) { d.spec.Annotations = map[string]string{"org.example.a": "b", "c": ""} }},
	{"personality", 5, func(d *draw) { d.spec.Linux.Personality = &specs.LinuxPersonality{Domain: "LINUX"} }},
	{"domainname", 10, func(d *draw) { d.spec.Domainname = "example.org" }},
	{"no hostname", 10, func(d *draw) { d.spec.Hostname = "" }},
	{"hooks", 30, (*draw).hooks},
	{"version", 20, func(d *draw) { d.spec.Version = one(d, "1.0.0", "1.0.1", "1.0.2-dev") }},
}

// args adds words for the probe.
func (d *draw) args(words ...string) { d.spec.Process.Args = append(d.spec.Process.Args, words...) }

func (d *draw) capabilities() {
	all := []string{"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_KILL", "CAP_SETUID", "CAP_NET_RAW", "CAP_SYS_CHROOT", "CAP_MKNOD", "CAP_SYS_ADMIN"}
	c := &specs.LinuxCapabilities{Bounding: some(d, all...)}
	c.Permitted = some(d, c.Bounding...)
	c.Effective = some(d, c.Permitted...)
	c.Inheritable = some(d, c.Permitted...)
	c.Ambient = some(d, c.Inheritable...)
	d.spec.Process.Capabilities = c
}

func (d *draw) mounts() {
	dir, file := d.lab.shared, d.lab.file
	d.spec.Mounts = append(d.spec.Mounts, some(d,
		specs.Mount{Destination: "/tmp", Type: "tmpfs", Source: "tmpfs", Options: append(some(d, "nosuid", "nodev", "noexec", "noatime"), one(d, "size=1m", "mode=1777", "mode=0700"))},
		specs.Mount{Destination: "/data", Type: "tmpfs", Source: "a-name", Options: []string{one(d, "ro", "rw"), one(d, "relatime", "strictatime", "nodiratime")}},
		specs.Mount{Destination: "/with/parents", Type: "bind", Source: dir, Options: []string{one(d, "bind", "rbind"), one(d, "ro", "rw")}},
		specs.Mount{Destination: "/bound", Type: "none", Source: dir, Options: append(some(d, "nosuid", "nodev", "noexec"), one(d, "bind", "rbind"), one(d, "private", "slave", "shared", "rprivate", "rslave", "rshared", "unbindable"))},
		specs.Mount{Destination: "/etc/bound-file", Type: "bind", Source: file, Options: []string{"bind", one(d, "ro", "rw")}},
		specs.Mount{Destination: "/deep", Type: "bind", Source: dir, Options: []string{"rbind", one(d, "rro", "rnosuid", "rnoexec", "rnodev")}},
		specs.Mount{Destination: "/link/inside", Type: "bind", Source: file, Options: []string{"bind"}},
		specs.Mount{Destination: "/copied", Type: "tmpfs", Source: "tmpfs", Options: []string{"tmpcopyup"}},
		specs.Mount{Destination: "relative", Type: "tmpfs", Source: "tmpfs"},
	)...)
}

func (d *draw) namespace(kind specs.LinuxNamespaceType, path string) {
	d.spec.Linux.Namespaces = append(d.spec.Linux.Namespaces, specs.LinuxNamespace{Type: kind, Path: path})
}

// namespaces leaves some out, and has others be those that are there already.
func (d *draw) namespaces() {
	var left []specs.LinuxNamespace
	for _, namespace := range d.spec.Linux.Namespaces {
		if path, ok := d.lab.held[string(namespace.Type)]; ok && d.IntN(3) == 0 {
			namespace.Path = path
		}
		if namespace.Type == "mount" || d.IntN(3) > 0 {
			left = append(left, namespace)
		}
		if namespace.Type == "uts" && (len(left) == 0 || left[len(left)-1].Type != "uts") {
			d.spec.Hostname = "" // which would be the host's
		}
	}
	d.spec.Linux.Namespaces = left
}

func (d *draw) userNamespace() {
	if slices.ContainsFunc(d.spec.Linux.Namespaces, func(n specs.LinuxNamespace) bool { return n.Path != "" }) {
		return // of another user namespace
	}
	d.namespace("user", "")
	d.spec.Linux.UIDMappings = []specs.LinuxIDMapping{{ContainerID: 0, HostID: ociMapped, Size: 65536 * 2}}
	d.spec.Linux.GIDMappings = []specs.LinuxIDMapping{{ContainerID: 0, HostID: ociMapped, Size: 65536 * 2}}
}

func (d *draw) has(kind specs.LinuxNamespaceType) bool {
	return slices.ContainsFunc(d.spec.Linux.Namespaces, func(n specs.LinuxNamespace) bool { return n.Type == kind && n.Path == "" })
}

func (d *draw) sysctls() {
	d.spec.Linux.Sysctl = map[string]string{}
	if d.has("ipc") {
		d.spec.Linux.Sysctl["kernel.msgmax"] = "9000"
		d.spec.Linux.Sysctl["fs.mqueue.msg_max"] = "20"
		d.spec.Linux.Sysctl["kernel.sem"] = "250 32000 32 100"
	}
	if d.has("network") {
		d.spec.Linux.Sysctl["net.ipv4.ip_forward"] = "1"
		d.spec.Linux.Sysctl["net/ipv4/ip_unprivileged_port_start"] = "0"
	}
}

func (d *draw) devices() {
	d.spec.Linux.Devices = some(d,
		specs.LinuxDevice{Path: "/dev/a-null", Type: "c", Major: 1, Minor: 3, FileMode: pointerTo(one[os.FileMode](d, 0o600, 0o666, 0o157)), UID: pointerTo[uint32](1000), GID: pointerTo[uint32](5)},
		specs.LinuxDevice{Path: "/extra/dir/zero", Type: "c", Major: 1, Minor: 5},
		specs.LinuxDevice{Path: "/extra/fifo", Type: "p", FileMode: pointerTo[os.FileMode](0o640)},
		specs.LinuxDevice{Path: "/dev/null", Type: "c", Major: 1, Minor: 3, FileMode: pointerTo[os.FileMode](0o600)},
		specs.LinuxDevice{Path: "/dev/net/tun", Type: "c", Major: 10, Minor: 200, FileMode: pointerTo[os.FileMode](0o666)},
	)
	d.spec.Linux.Resources.Devices = append(d.spec.Linux.Resources.Devices, some(d,
		specs.LinuxDeviceCgroup{Allow: true, Type: "c", Major: pointerTo[int64](1), Minor: pointerTo[int64](3), Access: "rw"},
		specs.LinuxDeviceCgroup{Allow: true, Type: "c", Major: pointerTo[int64](10), Minor: pointerTo[int64](200), Access: "rwm"},
		specs.LinuxDeviceCgroup{Allow: true, Type: "b", Access: "r"},
		specs.LinuxDeviceCgroup{Allow: false, Type: "c", Major: pointerTo[int64](1), Minor: pointerTo[int64](5), Access: "w"},
		specs.LinuxDeviceCgroup{Allow: true, Type: "a", Access: "rwm"},
	)...)
}

func (d *draw) seccomp() {
	errno := func(names []string, value uint) specs.LinuxSyscall {
		return specs.LinuxSyscall{Names: names, Action: specs.ActErrno, ErrnoRet: &value}
	}
	d.spec.Linux.Seccomp = &specs.LinuxSeccomp{
		DefaultAction: specs.ActAllow,
		Architectures: some(d, specs.ArchX86_64, specs.ArchX86, specs.ArchAARCH64),
		Syscalls: some(d,
			errno([]string{"times", "getcpu"}, 77),
			errno([]string{"sysinfo"}, 0),
			specs.LinuxSyscall{Names: []string{"getpgid"}, Action: specs.ActErrno},
			specs.LinuxSyscall{Names: []string{"keyctl"}, Action: specs.ActLog},
			specs.LinuxSyscall{Names: []string{"socket"}, Action: specs.ActErrno, Args: []specs.LinuxSeccompArg{{Index: 0, Value: 40, Op: specs.OpEqualTo}}},
			specs.LinuxSyscall{Names: []string{"personality"}, Action: specs.ActErrno, Args: []specs.LinuxSeccompArg{{Index: 0, Value: 8, ValueTwo: 8, Op: specs.OpMaskedEqual}, {Index: 1, Value: 0, Op: specs.OpGreaterEqual}}},
			specs.LinuxSyscall{Names: []string{"ioprio_get"}, Action: specs.ActErrno, Args: []specs.LinuxSeccompArg{{Index: 0, Value: 5, Op: specs.OpGreaterThan}, {Index: 0, Value: 2, Op: specs.OpLessThan}}},
			specs.LinuxSyscall{Names: []string{"getrusage"}, Action: one(d, specs.ActKillProcess, specs.ActTrap, specs.ActTrace)},
		),
	}
	d.args("call:times", "call:sysinfo", "call:getpgid", "call:keyctl=4294967295", "call:socket=40", "call:socket=1", "call:personality=8", "call:ioprio_get=1", "call:ioprio_get=9", "last-call:getrusage")
}

func (d *draw) memory() {
	const mega = 1 << 20
	m := &specs.LinuxMemory{Limit: pointerTo(one[int64](d, 64*mega, 100*mega+1, -1))}
	if d.IntN(2) == 0 {
		m.Reservation = pointerTo(one[int64](d, 32*mega, 48*mega))
	}
	if d.IntN(4) == 0 {
		m.Swappiness = pointerTo[uint64](60)
	}
	if d.IntN(4) == 0 {
		m.DisableOOMKiller = pointerTo(one(d, true, false))
	}
	d.spec.Linux.Resources.Memory = m
}

func (d *draw) cpu() {
	c := &specs.LinuxCPU{Shares: pointerTo(one[uint64](d, 2, 512, 1024, 5000))}
	if d.IntN(2) == 0 {
		c.Period, c.Quota = pointerTo(one[uint64](d, 50000, 100000)), pointerTo(one[int64](d, 20000, 150000))
	}
	if d.IntN(2) == 0 {
		c.Cpus, c.Mems = "0", "0"
	}
	d.spec.Linux.Resources.CPU = c
}

// hooks note themselves in a file beside the bundle, and those in the container in its root.
func (d *draw) hooks() {
	note := func(kind string, n int) specs.Hook {
		return specs.Hook{Path: d.lab.probe, Args: []string{"probe", "note", d.lab.notes, kind, fmt.Sprint(n)}, Env: []string{"OF=" + kind}}
	}
	lists := map[string][]specs.Hook{}
	for _, kind := range some(d, "prestart", "createRuntime", "createContainer", "poststart", "poststop") {
		lists[kind] = []specs.Hook{note(kind, 0), note(kind, 1)}
	}
	d.spec.Hooks = &specs.Hooks{
		Prestart: lists["prestart"], CreateRuntime: lists["createRuntime"], CreateContainer: lists["createContainer"], //nolint:staticcheck // what Docker uses
		Poststart: lists["poststart"], Poststop: lists["poststop"],
	}
	if !d.spec.Root.Readonly && d.IntN(2) == 0 {
		d.spec.Hooks.StartContainer = []specs.Hook{{Path: "/probe", Args: []string{"probe", "note", "/dev/shm/notes", "startContainer"}, Env: []string{}}}
	}
}
