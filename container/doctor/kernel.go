package doctor

import (
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
)

// feature is a thing of the kernel that mydocker uses where there is one.
type feature struct {
	name, since string
	// there tells whether this kernel has it, or why that is not known.
	there   func(*Host) (has bool, why string)
	without string
}

// features lists those that are not as old as Linux 3.10.
func features() []feature {
	return []feature{
		{"/proc/thread-self", "3.17", func(h *Host) (bool, string) {
			if !h.hasProc() {
				return false, noProc
			}
			return h.exists("/proc/thread-self"), ""
		}, "a run makes its namespaces later, and cannot enter cgroups of v1"},
		{"CLONE_INTO_CGROUP", "5.7", func(h *Host) (bool, string) {
			return h.tryClone3() == unix.EINVAL, ""
		}, "on cgroup v2 a container is moved into its cgroup, which takes 5 to 25 ms, and not born there"},
		{"seccomp filters", "3.5", func(h *Host) (bool, string) {
			return h.tryCall("seccomp filters") == unix.EFAULT, ""
		}, "a root of the container's own is refused, unless --security-opt seccomp=unconfined says that it needs no filter"},
		{"mount API", "5.2", func(h *Host) (bool, string) {
			return h.tryCall("mount API") == unix.ENOENT, ""
		}, "a root of the container's own is mounted by the names of open files in /proc"},
		{"openat2", "5.6", func(h *Host) (bool, string) {
			return h.tryCall("openat2") == unix.EINVAL, ""
		}, "what is mounted in a root of the container's own is looked up in a chroot"},
		{"close_range", "5.9", func(h *Host) (bool, string) {
			return h.tryCloseRange() == unix.EINVAL, ""
		}, "init closes inherited files one by one"},
		{"mount_setattr", "5.12", func(h *Host) (bool, string) {
			return h.tryCall("mount_setattr") == unix.EINVAL, ""
		}, "a read-only volume leaves what is mounted below it writable, and no mount has other ids"},
		{"cgroup.kill", "5.14", func(h *Host) (bool, string) {
			if own := h.ownV2(); h.exists(own + "/cgroup.type") { // which no root has
				return h.exists(own + "/cgroup.kill"), ""
			}
			if !h.privileged() {
				return false, "no v2 cgroup is there to look at"
			}
			t := h.tryLimit(subsystems.MemoryName)
			if !t.onV2 {
				return false, "no limit is on cgroup v2"
			}
			return t.kill, ""
		}, "processes that are left in a cgroup are killed one by one"},
	}
}

func kernelChecks() []check {
	var all []check
	for _, f := range features() {
		all = append(all, check{"kernel features", f.name, func(h *Host) answer { return h.feature(f) },
			"a kernel with Linux " + f.since + "'s features; in another runtime's container its seccomp filter has to let the call through"})
	}
	return all
}

func (h *Host) feature(f feature) answer {
	has, why := f.there(h)
	switch {
	case why != "":
		return unknown(why)
	case has:
		return ok(fmt.Sprintf("there (since Linux %s)", f.since))
	}
	return answer{status: Note, found: fmt.Sprintf("not there (since Linux %s): %s", f.since, f.without)}
}
