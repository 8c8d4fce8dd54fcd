package bare

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// Unshared are the clone flags of the namespaces that are made beforehand.
func Unshared() [3]int { return [...]int{unix.CLONE_NEWUTS, unix.CLONE_NEWIPC, unix.CLONE_NEWNET} }

// UnsharedFlags are all of them together.
func UnsharedFlags() (flags int) {
	for _, flag := range Unshared() {
		flags |= flag
	}
	return flags
}

// Unshare gives the calling thread namespaces of its own, those of flags, if there are any.
func Unshare(flags int) syscall.Errno {
	if flags == 0 {
		return 0
	}
	_, _, errno := syscall.RawSyscall(unix.SYS_UNSHARE, uintptr(flags), 0, 0)
	return errno
}

// Return gives the calling thread those of the process's first thread back, as
// far as flags has them.
func Return(flags int) syscall.Errno {
	paths := [...]string{"/proc/self/ns/uts\x00", "/proc/self/ns/ipc\x00", "/proc/self/ns/net\x00"}
	for n, flag := range Unshared() {
		if flags&flag == 0 {
			continue
		}
		fd, errno := open(paths[n], unix.O_RDONLY)
		if errno != 0 {
			return errno
		}
		_, _, errno = syscall.RawSyscall(unix.SYS_SETNS, uintptr(fd), uintptr(flag), 0)
		if closing := closeFD(fd); errno == 0 {
			errno = closing
		}
		if errno != 0 {
			return errno
		}
	}
	return 0
}
