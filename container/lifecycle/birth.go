package lifecycle

import (
	"fmt"
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// birth says how init comes into its namespaces, as flags of clone(2).
type birth struct {
	// thread are made on the thread that clones init, clone by the clone itself.
	thread, clone int
	// joins are entered by init, by the paths of their files.
	joins []join
	// staged says that init, cloned without namespaces, enters those of joins, and then clones the
	// process that takes its place with stage: namespaces that belong to a user namespace which
	// is entered or new, a PID namespace that is entered, and a time namespace (unshare, first) count
	// for children alone.
	staged         bool
	unshare, stage int
	// cgroup says that a cgroup namespace is made when init is in its cgroups.
	cgroup bool
}

// join is a namespace that init enters.
type join struct {
	Namespace
	flag int
}

// flagOf is the flag of clone(2) for a kind of namespace.
func flagOf(kind specs.LinuxNamespaceType) (int, error) {
	switch kind {
	case specs.PIDNamespace:
		return unix.CLONE_NEWPID, nil
	case specs.NetworkNamespace:
		return unix.CLONE_NEWNET, nil
	case specs.MountNamespace:
		return unix.CLONE_NEWNS, nil
	case specs.IPCNamespace:
		return unix.CLONE_NEWIPC, nil
	case specs.UTSNamespace:
		return unix.CLONE_NEWUTS, nil
	case specs.UserNamespace:
		return unix.CLONE_NEWUSER, nil
	case specs.CgroupNamespace:
		return unix.CLONE_NEWCGROUP, nil
	case specs.TimeNamespace:
		return unix.CLONE_NEWTIME, nil
	}
	return 0, fmt.Errorf("unknown namespace %q", kind)
}

// newBirth plans it for namespaces that are new, and for those of paths, which a privileged caller
// enters with its own rights.
func newBirth(namespaces Namespaces, privileged bool) (b birth, err error) {
	made, joined := 0, 0
	for _, n := range namespaces {
		flag, err := flagOf(n.Type)
		if err != nil {
			return b, err
		}
		if n.Path != "" {
			b.joins = append(b.joins, join{n, flag})
			joined |= flag
		} else {
			made |= flag
		}
	}
	slices.SortStableFunc(b.joins, func(x, y join) int { return joinOrder(x.Type, privileged) - joinOrder(y.Type, privileged) })
	b.cgroup = made&unix.CLONE_NEWCGROUP != 0
	b.unshare = made & unix.CLONE_NEWTIME
	made &^= unix.CLONE_NEWCGROUP | unix.CLONE_NEWTIME
	b.staged = b.unshare != 0 || joined&(unix.CLONE_NEWPID|unix.CLONE_NEWUSER) != 0 || made&unix.CLONE_NEWUSER != 0
	if b.staged {
		b.stage = made
		return b, nil
	}
	const early = unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWNET
	b.thread, b.clone = made&early, made&^early
	return b, nil
}

// joinOrder has the user namespace be entered first, for its rights in the others, but last where the
// caller has rights in all that it has them in, and in those that the host owns, too. The mount
// namespace comes behind the others, for the paths of the host.
func joinOrder(kind specs.LinuxNamespaceType, privileged bool) int {
	switch {
	case kind == specs.UserNamespace && !privileged:
		return 0
	case kind == specs.MountNamespace:
		return 2
	case kind == specs.UserNamespace:
		return 3
	}
	return 1
}
