package rootfs

import (
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// addProc shows the procfs that init has mounted for its PID namespace, or the host's.
func (p *plan) addProc() error {
	o := wire.Operation{
		Kind: wire.OpBind, Flags: wire.FlagMake | wire.FlagNoLinks, Mount: kernelMount,
		Source: "/proc", Path: "/proc",
	}
	if p.spec.Namespaces.HostPID && p.host.UserNamespace {
		var host hostMounts
		below, err := host.below("/proc")
		if err != nil {
			return err
		}
		if p.lockedProc = len(below) > 0; p.lockedProc {
			o.Flags |= wire.FlagRecursive | wire.FlagEarly
		}
	}
	p.add(o)
	return nil
}

// kernelView are the flags of what shows the kernel's devices and cgroups: read-only, but
// where the command is to have all privileges, as in Docker.
func (p *plan) kernelView() uint64 {
	if p.spec.Security.Privileged {
		return kernelMount
	}
	return kernelMount | unix.MS_RDONLY
}

// addSys shows the kernel's devices. The sysfs is a new one, because each
// shows the devices of one network namespace; that of the host's, a user namespace may
// not mount.
func (p *plan) addSys() {
	sys := wire.Operation{
		Kind: wire.OpMount, Flags: wire.FlagMake | wire.FlagNoLinks, Mount: p.kernelView(),
		Source: "sysfs", Type: "sysfs", Path: "/sys",
	}
	if p.host.UserNamespace && p.spec.Namespaces.HostNetwork {
		sys = wire.Operation{
			Kind: wire.OpBind, Flags: wire.FlagMake | wire.FlagNoLinks | wire.FlagRecursive | wire.FlagReadOnlyBelow,
			Mount: kernelMount | unix.MS_RDONLY, Source: "/sys", Path: "/sys",
		}
	}
	p.add(sys)
	p.addCgroups()
}

// cgroupDir is /sys/fs/cgroup, in the tmpfs also, where the host has hierarchies of
// cgroup v1.
const (
	cgroupMount = "/sys/fs/cgroup"
	cgroupDir   = "/cgroup"
)

// addCgroups shows the container's own cgroups as all that there is.
func (p *plan) addCgroups() {
	cgroups := p.host.Cgroups
	if len(cgroups) == 1 && cgroups[0].Mountpoint == cgroupMount {
		p.addCgroup(cgroups[0].Dir, cgroupMount)
		return
	}
	p.addDirectory(cgroupDir, 0o755)
	for _, cgroup := range cgroups {
		p.addDirectory(cgroupDir+"/"+path.Base(cgroup.Mountpoint), 0o755)
		p.addControllerLinks(path.Base(cgroup.Mountpoint))
	}
	p.add(wire.Operation{
		Kind: wire.OpBind, Flags: wire.FlagFromTmpfs | wire.FlagNoLinks | wire.FlagIfThere, Mount: p.kernelView(),
		Source: cgroupDir, Path: cgroupMount,
	})
	for _, cgroup := range cgroups {
		p.addCgroup(cgroup.Dir, cgroupMount+"/"+path.Base(cgroup.Mountpoint))
	}
}

// addControllerLinks names the controllers of a hierarchy that has several, as
// distributions do: cpu is a link to cpu,cpuacct.
func (p *plan) addControllerLinks(hierarchy string) {
	controllers := strings.Split(hierarchy, ",")
	if len(controllers) == 1 {
		return
	}
	for _, controller := range controllers {
		p.add(wire.Operation{Kind: wire.OpSymlink, Flags: wire.FlagInTmpfs, Path: cgroupDir + "/" + controller, Source: hierarchy})
	}
}

func (p *plan) addCgroup(dir, target string) {
	p.add(wire.Operation{
		Kind: wire.OpBind, Flags: wire.FlagNoLinks | wire.FlagIfThere, Mount: p.kernelView(),
		Source: dir, Path: target,
	})
}

// maskedPaths tell of the host, or change it: memory, keys, timers, firmware, power.
// They are those of Docker and containerd.
func maskedPaths() []string {
	return []string{
		"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
		"/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats",
		"/sys/devices/virtual/powercap", "/sys/firmware",
	}
}

// readOnlyPaths can be read and not written.
func readOnlyPaths() []string {
	return []string{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}
}

// addEmpty makes what covers all that is hidden.
func (p *plan) addEmpty() {
	p.add(wire.Operation{Kind: wire.OpFile, Flags: wire.FlagInTmpfs, Path: wire.EmptyFile, Mode: 0o444})
	p.addDirectory(wire.EmptyDirectory, 0o555)
}

// hasMasks tells whether anything is hidden.
func (p *plan) hasMasks() bool {
	return !p.spec.Security.UnconfinedPaths && !p.spec.Security.Privileged
}

// hiddenBy is the path that would hide what is mounted at target, "" for none.
func (p *plan) hiddenBy(target string) string {
	masked := maskedPaths()
	n := slices.IndexFunc(masked, func(path string) bool { return utils.IsAt(target, path) })
	if n < 0 || !p.hasMasks() || !p.hasSysfs() {
		return ""
	}
	return masked[n]
}

// addMasks takes away what is the host's in /proc and /sys. No path of these can be a
// link: they are the kernel's.
func (p *plan) addMasks() {
	if !p.hasMasks() {
		return
	}
	p.hold("/proc", unix.PROC_SUPER_MAGIC)
	readOnly := uint64(0)
	if p.lockedProc {
		readOnly = wire.FlagRecursive | wire.FlagReadOnlyBelow
	}
	for _, path := range readOnlyPaths() {
		p.cover(wire.OpReadOnly, path, readOnly)
	}
	for _, path := range maskedPaths() {
		if strings.HasPrefix(path, "/proc/") {
			p.cover(wire.OpMask, path, 0)
		}
	}
	if !p.hasSysfs() {
		return
	}
	p.hold("/sys", unix.SYSFS_MAGIC)
	for _, path := range maskedPaths() {
		if strings.HasPrefix(path, "/sys/") {
			p.cover(wire.OpMask, path, 0)
		}
	}
}

// hasSysfs tells whether /sys is the kernel's: the user may have something else there.
func (p *plan) hasSysfs() bool {
	at := slices.IndexFunc(p.host.Mounts, func(m Mount) bool { return m.Target == "/sys" })
	if at < 0 {
		return true
	}
	var status unix.Statfs_t
	return unix.Statfs(p.host.Mounts[at].source, &status) == nil && status.Type == unix.SYSFS_MAGIC
}

func (p *plan) hold(path string, magic uint64) {
	p.add(wire.Operation{Kind: wire.OpHold, Path: path, Device: magic})
}

// cover makes a path of what is held read-only or empty, if there is one.
func (p *plan) cover(kind, path string, flags uint64) {
	p.add(wire.Operation{
		Kind: kind, Flags: flags | wire.FlagIfThere | wire.FlagNoLinks | wire.FlagInHeld,
		Mount: kernelMount | unix.MS_RDONLY, Path: path,
	})
}
