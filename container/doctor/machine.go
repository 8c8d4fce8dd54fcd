package doctor

import (
	"fmt"
	"slices"
	"strings"
)

const noProc = "/proc is not mounted"

func hostChecks() []check {
	const group = "host"
	return []check{
		{group, "kernel", kernelVersion, ""},
		{group, "/proc", proc, "mount -t proc proc /proc"},
		{group, "all of /proc", wholeProc, "in another runtime's container: --privileged, or --security-opt systempaths=unconfined (Docker), unmask=ALL (podman)"},
		{group, "propagation of /", propagation, ""},
		{group, "seccomp", seccomp, "in another runtime's container: --security-opt seccomp=unconfined, or --privileged"},
		{group, "security modules", securityModules, ""},
		{group, "overlayfs", overlay, "modprobe overlay (CONFIG_OVERLAY_FS); a plain run needs none, --overlay does"},
	}
}

func kernelVersion(h *Host) answer {
	release := h.value("/proc/sys/kernel/osrelease")
	if release == "" {
		return unknown("/proc/sys/kernel/osrelease does not tell")
	}
	return ok("Linux " + release)
}

// hasProc reports whether there is a /proc, where most of a host is read from.
func (h *Host) hasProc() bool { return h.exists("/proc/self/mountinfo") }

func proc(h *Host) answer {
	if !h.hasProc() {
		return h.serious("not mounted: a run finds its cgroups, and itself, there")
	}
	return ok("mounted")
}

// wholeProc looks for what hides parts of /proc: then the kernel lets nobody but
// the host's root mount another one (mount_namespaces(7), "Restrictions").
func wholeProc(h *Host) answer {
	if !h.hasProc() {
		return unknown(noProc)
	}
	var over []string
	for _, m := range h.mounts() {
		if strings.HasPrefix(m.Point, "/proc/") && m.FSType != "binfmt_misc" && m.FSType != "autofs" {
			over = append(over, m.Point)
		}
	}
	if len(over) == 0 {
		return ok("nothing is mounted over parts of it")
	}
	found := "mounted over: " + strings.Join(over, ", ")
	if h.tried.works {
		return ok(found + "; a run works all the same")
	}
	if h.privileged() && h.ownsHost() {
		return answer{status: Note, found: found}
	}
	return h.serious(found + "; in a user namespace no /proc can be mounted then")
}

// ownsHost reports whether the caller is in the first user namespace, which has
// every id.
func (h *Host) ownsHost() bool {
	return slices.Equal(strings.Fields(h.value("/proc/self/uid_map")), []string{"0", "0", "4294967295"})
}

func propagation(h *Host) answer {
	answered := unknown("/proc/self/mountinfo does not tell")
	for _, m := range h.mounts() {
		switch {
		case m.Point != "/":
		case len(m.Propagation) == 0:
			answered = ok("private")
		default:
			answered = ok(strings.Join(m.Propagation, " ") + ": the container's copy is made private, so that nothing is seen outside")
		}
	}
	return answered
}

// seccomp tells of a filter: what it refuses nobody can ask, but the trial run
// meets it.
func seccomp(h *Host) answer {
	const filter = "2" // of proc_pid_status(5)
	status := h.value("/proc/self/status")
	switch field(status, "Seccomp") {
	case "":
		return unknown("/proc/self/status does not tell")
	case filter:
		found := "mydocker is under a filter, as in a container of another runtime"
		if count := field(status, "Seccomp_filters"); count != "" {
			found = fmt.Sprintf("%s (%s in all)", found, count)
		}
		if h.tried.works {
			return ok(found + "; a run works all the same")
		}
		return h.serious(found)
	}
	return ok("no filter")
}

func overlay(h *Host) answer {
	if !h.hasProc() {
		return unknown(noProc)
	}
	if !slices.Contains(strings.Fields(h.value("/proc/filesystems")), "overlay") {
		return answer{status: Note, found: "not there, or its module is not loaded"}
	}
	return ok("there")
}

// securityModules tells of those that give a process a label. A container keeps that of
// mydocker's caller: mydocker changes none.
func securityModules(h *Host) answer {
	var on []string
	if h.value("/sys/module/apparmor/parameters/enabled") == "Y" {
		on = append(on, "AppArmor")
	}
	if h.exists("/sys/fs/selinux/enforce") {
		on = append(on, "SELinux")
	}
	if len(on) == 0 {
		return ok("neither AppArmor nor SELinux is on")
	}
	return ok(strings.Join(on, " and ") + ": a container keeps the label of mydocker's caller")
}
