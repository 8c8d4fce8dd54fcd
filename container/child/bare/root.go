package bare

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// becomeRoot makes init root of its user namespace, in which it has been nobody
// so far, although with all capabilities from the clone. To the command they come
// as to any root, by the execve, and not by inheritance.
func (i *Init) becomeRoot() (string, syscall.Errno) {
	if i.config.root == "" {
		return hosts, 0
	}
	if i.config.root == wire.RootAlone && i.config.process.groups != wire.KeepGroups {
		if _, _, errno := syscall.RawSyscall(unix.SYS_SETGROUPS, 0, 0, 0); errno != 0 {
			return "setgroups", errno
		}
	}
	if _, _, errno := syscall.RawSyscall(unix.SYS_SETRESGID, 0, 0, 0); errno != 0 {
		return "setresgid", errno
	}
	if _, _, errno := syscall.RawSyscall(unix.SYS_SETRESUID, 0, 0, 0); errno != 0 {
		return "setresuid", errno
	}
	if errno := inheritNoCapabilities(); errno != 0 {
		return "capset", errno
	}
	return "uid 0, gid 0", dieWithParent()
}

// inheritNoCapabilities empties the inheritable set, and with it the ambient one
// (capabilities(7)).
func inheritNoCapabilities() syscall.Errno {
	header, data, errno := capabilities()
	if errno != 0 {
		return errno
	}
	data[0].Inheritable, data[1].Inheritable = 0, 0
	return capset(&header, &data)
}

// dieWithParent asks again for the signal that ends init with mydocker, which
// the kernel forgets when a process becomes somebody else (prctl(2),
// PR_SET_PDEATHSIG). If mydocker has ended in between, nobody reads the status
// pipe any more, and the errno is EPIPE.
func dieWithParent() syscall.Errno {
	_, _, errno := syscall.RawSyscall(unix.SYS_PRCTL, unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0)
	if errno != 0 {
		return errno
	}
	status := unix.PollFd{Fd: wire.StatusFD}
	var now unix.Timespec
	_, _, errno = syscall.RawSyscall6(unix.SYS_PPOLL, uintptr(unsafe.Pointer(&status)), 1, uintptr(unsafe.Pointer(&now)), 0, 0, 0)
	if errno == 0 && status.Revents&unix.POLLERR != 0 {
		errno = unix.EPIPE
	}
	return errno
}
