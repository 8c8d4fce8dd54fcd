package spec

import "golang.org/x/sys/unix"

// Namespaces says which of the host's namespaces a container keeps. The zero
// value is what "mydocker run" does by default: all but the user namespace, and
// the cgroup namespace where there is cgroup v1, are its own. It always has a
// mount namespace.
type Namespaces struct {
	HostNetwork, HostPID, HostIPC, HostUTS bool
	Cgroup                                 CgroupNamespace
	// User is a user namespace of its own. Without one it has the host's, unless
	// that lacks the privileges for the other namespaces and HostUser does not
	// insist on it.
	User     *UserNamespace
	HostUser bool
}

// CgroupNamespace says what a container sees of the cgroups of others.
type CgroupNamespace int

// The choices of --cgroupns.
const (
	// CgroupDefault is CgroupPrivate on a host with cgroup v2 alone, otherwise
	// CgroupHost, as in Docker.
	CgroupDefault CgroupNamespace = iota
	CgroupHost
	CgroupPrivate
)

// Unshared are the clone flags of the namespaces that are made on a thread, for
// init to inherit.
func (n *Namespaces) Unshared() int {
	if n.User != nil {
		return 0 // they have to belong to the user namespace, which init is cloned with
	}
	return n.wanted()
}

// Cloned are the clone flags of init.
func (n *Namespaces) Cloned() int {
	flags := unix.CLONE_NEWNS
	if !n.HostPID {
		flags |= unix.CLONE_NEWPID
	}
	if n.User != nil {
		flags |= unix.CLONE_NEWUSER | n.wanted()
	}
	return flags
}

func (n *Namespaces) wanted() (flags int) {
	if !n.HostUTS {
		flags |= unix.CLONE_NEWUTS
	}
	if !n.HostIPC {
		flags |= unix.CLONE_NEWIPC
	}
	if !n.HostNetwork {
		flags |= unix.CLONE_NEWNET
	}
	return flags
}
