package bare

import (
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// joinNamespaces enters what the parent has opened. From here on nobody in there may trace
// this process, or open what it has open (CVE-2016-9962) or executes (CVE-2019-5736): it is
// not dumpable (prctl(2), PR_SET_DUMPABLE) until its execve.
//
// What is written to /proc is written before that: the one that is in there may be anything.
func (i *Init) joinNamespaces() (string, syscall.Errno) {
	l := &i.config.lifecycle
	if errno := i.openClock(); errno != 0 {
		return clockPath, errno
	}
	if !l.joins {
		return asItWas, 0
	}
	if operand, errno := i.setOOMScore(); errno != 0 {
		i.Step = wire.StepOOMScore
		return operand, errno
	}
	if errno := prctl(unix.PR_SET_DUMPABLE, 0); errno != 0 {
		return "prctl", errno
	}
	i.limited = true // the Go runtime would start in there, to tell of a failure
	operand := asItWas
	for join, rest, more := nextOf(wire.KeyJoin, i.config.process.message); more; join, rest, more = nextOf(wire.KeyJoin, rest) {
		fd, numbers, ok := cutNumber(join)
		flags, end, hasFlags := cutNumber(numbers)
		if !ok || !hasFlags || end != "" {
			return join, unix.EPROTO
		}
		if operand = namespaceOf(flags); flags == 0 {
			if errno := changeRoot(int(fd)); errno != 0 {
				return operand, errno
			}
		} else if _, _, errno := syscall.RawSyscall(unix.SYS_SETNS, uintptr(fd), uintptr(flags), 0); errno != 0 {
			return operand, errno
		}
		i.joined |= flags
	}
	return operand, i.closeJoined()
}

// closeJoined closes what it has joined by: a descriptor may be named twice.
func (i *Init) closeJoined() syscall.Errno {
	for join, rest, more := nextOf(wire.KeyJoin, i.config.process.message); more; join, rest, more = nextOf(wire.KeyJoin, rest) {
		fd, _, _ := cutNumber(join)
		if errno := closeFD(int(fd)); errno != 0 && errno != unix.EBADF {
			return errno
		}
	}
	return 0
}

// namespaceOf names a namespace that is joined alone.
func namespaceOf(flags uint64) string {
	switch flags {
	case 0:
		return "root directory"
	case unix.CLONE_NEWUSER:
		return "user"
	case unix.CLONE_NEWNS:
		return "mount"
	case unix.CLONE_NEWPID:
		return "pid"
	case unix.CLONE_NEWNET:
		return "network"
	case unix.CLONE_NEWIPC:
		return "ipc"
	case unix.CLONE_NEWUTS:
		return "uts"
	case unix.CLONE_NEWCGROUP:
		return "cgroup"
	case unix.CLONE_NEWTIME:
		return "time"
	}
	return "those of the container"
}

// changeRoot makes an open directory the root and the working directory.
func changeRoot(dir int) syscall.Errno {
	if _, _, errno := syscall.RawSyscall(unix.SYS_FCHDIR, uintptr(dir), 0, 0); errno != 0 {
		return errno
	}
	_, _, errno := syscall.RawSyscall(unix.SYS_CHROOT, pointerTo(".\x00"), 0, 0)
	return errno
}
