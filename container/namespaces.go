package container

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"mydocker/container/child/bare"
	"mydocker/container/entry"
	"mydocker/utils"
)

// namespaces are those that init inherits from the thread that clones it, which
// lives as long as the container. The PID and mount namespaces can only be made
// with init itself.
type namespaces struct {
	thread *utils.Thread
	ready  func() error // waits for them
}

// newNamespaces begins to give a thread the namespaces.
func newNamespaces() *namespaces {
	thread := utils.NewThread()
	return &namespaces{thread, thread.Go(createNamespaces)}
}

// createNamespaces moves the calling thread into the namespaces that were made
// while the runtime started. Where there are none, it makes them, or says why it
// cannot.
func createNamespaces() error {
	made := entry.AwaitNamespaces()
	if made == nil {
		if err := unix.Unshare(bare.Unshared); err != nil {
			return fmt.Errorf("unshare the UTS, IPC and network namespaces: %w%s", err, namespaceCause(err))
		}
		return nil
	}
	var errs []error
	for _, fd := range made {
		if err := unix.Setns(fd, 0); err != nil {
			errs = append(errs, fmt.Errorf("enter a namespace made ahead: %w", err))
		}
		errs = append(errs, unix.Close(fd))
	}
	return errors.Join(errs...)
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
