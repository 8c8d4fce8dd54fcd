package doctor

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// kinds are the kinds of namespaces, by their names in /proc/self/ns, with the
// kernel's configuration for each.
func kinds() []kind {
	return []kind{
		{"user", unix.CLONE_NEWUSER, "CONFIG_USER_NS", (*Host).ordinary},
		{"mnt", unix.CLONE_NEWNS, "CONFIG_NAMESPACES", (*Host).serious},
		{"pid", unix.CLONE_NEWPID, "CONFIG_PID_NS", (*Host).serious},
		{"net", unix.CLONE_NEWNET, "CONFIG_NET_NS", (*Host).serious},
		{"ipc", unix.CLONE_NEWIPC, "CONFIG_IPC_NS", (*Host).serious},
		{"uts", unix.CLONE_NEWUTS, "CONFIG_UTS_NS", (*Host).serious},
		{"cgroup", unix.CLONE_NEWCGROUP, "CONFIG_CGROUPS, Linux 4.6", (*Host).onV2},
	}
}

type kind struct {
	name   string
	flag   uintptr
	config string
	// lacking is the status where there are none.
	lacking func(h *Host, found string) answer
}

// onV2 is the status of what only a run on cgroup v2 alone needs.
func (h *Host) onV2(found string) answer {
	if l := h.layout(); l.v2 != nil && len(l.v1) == 0 {
		return h.serious(found)
	}
	return answer{status: Note, found: found + "; on cgroup v1 a container has none"}
}

func namespaceChecks() []check {
	var all []check
	for _, k := range kinds() {
		all = append(all, check{"namespaces", k.name, func(h *Host) answer { return h.namespace(k) }, ""})
	}
	return all
}

// namespace has a child cloned with a namespace of that kind, and for an
// ordinary user with a user namespace that it belongs to.
func (h *Host) namespace(k kind) answer {
	flags := k.flag
	if !h.privileged() {
		if err := h.tryNamespaces(unix.CLONE_NEWUSER); err != nil && k.flag != unix.CLONE_NEWUSER {
			return unknown("an ordinary user needs the user namespace for it")
		}
		flags |= unix.CLONE_NEWUSER
	}
	limit := "/proc/sys/user/max_" + k.name + "_namespaces"
	err := h.tryNamespaces(flags)
	switch errnoOf(err) {
	case 0:
		if err != nil {
			return k.lacking(h, err.Error())
		}
		if most := h.value(limit); most != "" {
			return ok("can be made, at most " + most)
		}
		return ok("can be made")
	case unix.ENOENT: // of /proc/self/exe
		return unknown(fmt.Sprintf("execute %s: %v", self, err))
	}
	a := k.lacking(h, fmt.Sprintf("cannot be made: %v", err))
	a.remedy = k.remedy(h, limit, errnoOf(err))
	return a
}

func (k kind) remedy(h *Host, limit string, errno unix.Errno) string {
	switch errno {
	case unix.ENOSPC, unix.EUSERS:
		return fmt.Sprintf("raise %s, which is %s here, or that of a user namespace above (and nest at most 32)", limit, orUnknown(h.value(limit)))
	case unix.EAGAIN:
		return "raise the limit on processes: ulimit -u, or pids.max of the caller's cgroup"
	case unix.EINVAL:
		return "a kernel with " + k.config
	}
	if k.flag == unix.CLONE_NEWUSER {
		return "see the user namespaces below; in another runtime's container --security-opt seccomp=unconfined; in a chroot the kernel makes none, nor for a caller without an id in its own"
	}
	return "run it as root, and in another runtime's container with --privileged"
}

func orUnknown(value string) string {
	if value == "" {
		return "unknown"
	}
	return value
}
