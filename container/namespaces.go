package container

import (
	"fmt"

	"golang.org/x/sys/unix"

	"mydocker/utils"
)

// The namespaces that every container gets of its own. Those of unshared are
// made beforehand for the thread that clones the process, which inherits them;
// the PID and mount namespaces can only be made with the process itself.
const (
	unshared = unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWNET
	cloned   = unix.CLONE_NEWPID | unix.CLONE_NEWNS
)

// namespaces are those that are made ahead, on a thread of their own that is
// later going to clone the container's first process.
type namespaces struct {
	thread *utils.Thread
	ready  func() error // waits for them
}

// newNamespaces begins to make them, which is a third of the work of a start.
func newNamespaces() *namespaces {
	thread := utils.NewThread()
	return &namespaces{thread, thread.Go(unshareNamespaces)}
}

// unshareNamespaces gives the calling thread UTS, IPC and network namespaces
// of its own.
func unshareNamespaces() error {
	if err := unix.Unshare(unshared); err != nil {
		return fmt.Errorf("unshare the UTS, IPC and network namespaces: %w%s", err, namespaceCause(err))
	}
	return nil
}

func namespaceCause(err error) string {
	switch err {
	case unix.EPERM:
		return " (CAP_SYS_ADMIN is needed: run as root, and in a container with --privileged)"
	case unix.ENOSPC:
		return " (a limit in /proc/sys/user/max_*_namespaces is reached)"
	case unix.EAGAIN:
		return " (the limit on processes is reached: ulimit -u, or pids.max of the caller's cgroup)"
	case unix.EINVAL:
		return " (this kernel lacks one of the UTS, IPC, PID, mount and network namespaces)"
	case unix.ENOENT:
		return " (is /proc mounted?)"
	}
	return ""
}
