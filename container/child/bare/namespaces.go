package bare

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// Unshared are the clone flags of the namespaces that are made beforehand.
func Unshared() [3]int { return [...]int{unix.CLONE_NEWUTS, unix.CLONE_NEWIPC, unix.CLONE_NEWNET} }

// Namespaces are descriptors of those of Unshared, in their order, for setns(2).
type Namespaces [3]int

// MakeNamespaces gives the calling thread the namespaces of Unshared, and opens
// them for others. A thread finds itself in /proc since Linux 3.17.
func MakeNamespaces(made *Namespaces) syscall.Errno {
	const flags = unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWNET
	if _, _, errno := syscall.RawSyscall(unix.SYS_UNSHARE, flags, 0, 0); errno != 0 {
		return errno
	}
	paths := [len(made)]string{"/proc/thread-self/ns/uts\x00", "/proc/thread-self/ns/ipc\x00", "/proc/thread-self/ns/net\x00"}
	for n := range paths {
		var errno syscall.Errno
		if made[n], errno = open(paths[n], unix.O_RDONLY); errno != 0 {
			return errno
		}
	}
	return 0
}
