package bare

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// hosts is the operand of a step that leaves something as it is on the host.
const hosts = "none, but the host's"

// closeInheritedFDs leaves the command stdin, stdout and stderr: what the caller
// of mydocker had open must not reach it (CVE-2024-21626 was such a descriptor).
// The pipes, and the socket of a terminal, close at the execve.
func closeInheritedFDs(i *Init) (string, syscall.Errno) {
	const operand = "fd 3 and above"
	first := i.lastFD()
	_, _, errno := syscall.RawSyscall(unix.SYS_CLOSE_RANGE, uintptr(first), uintptr(^uint32(0)), 0)
	if errno != 0 { // before Linux 5.9, or below a seccomp filter that is older
		errno = closeListedFDs(first)
	}
	for fd := wire.ConfigFD; fd < first && errno == 0; fd++ {
		_, _, errno = syscall.RawSyscall(unix.SYS_FCNTL, uintptr(fd), unix.F_SETFD, unix.FD_CLOEXEC)
		if errno == unix.EBADF && fd >= wire.TerminalFD {
			errno = 0 // it has no such one
		}
	}
	return operand, errno
}

// closeListedFDs closes every descriptor from first on. The list is read anew
// until nothing is left to close, because closing moves it.
func closeListedFDs(first int) syscall.Errno {
	for {
		dir, errno := open("/proc/self/fd\x00", unix.O_RDONLY|unix.O_DIRECTORY)
		if errno != 0 {
			return errno
		}
		closed, errno := closeEntries(dir, first)
		if closing := closeFD(dir); errno == 0 {
			errno = closing
		}
		if errno != 0 || closed == 0 {
			return errno
		}
	}
}

// closeEntries closes the descriptors that the entries of dir name. A read may
// bring just a few of them, for instance when a signal came.
func closeEntries(dir, first int) (closed int, errno syscall.Errno) {
	var entries [4096]byte
	for {
		n, errno := getdents(dir, entries[:])
		if errno != 0 || n == 0 {
			return closed, errno
		}
		for at := 0; at < n; {
			entry := (*unix.Dirent)(unsafe.Pointer(&entries[at]))
			fd, isNumber := decimal((*byte)(unsafe.Pointer(&entry.Name[0])))
			if isNumber && fd >= first && fd != dir {
				if errno := closeFD(fd); errno != 0 {
					return closed, errno
				}
				closed++
			}
			at += int(entry.Reclen)
		}
	}
}

// makeMountsPrivate cuts the mount namespace's propagation in both
// directions: where "/" is shared, as systemd makes it, the new /proc would
// otherwise be mounted over the host's (mount_namespaces(7)). Volumes that are to take
// part in the host's mounts are opened before.
func (i *Init) makeMountsPrivate() (string, syscall.Errno) {
	if i.joined&unix.CLONE_NEWNS != 0 {
		return asItWas, 0
	}
	if operand, errno := i.openEarly(); errno != 0 {
		return operand, errno
	}
	if i.config.othersMounts {
		return asItWas, 0
	}
	if i.config.slave {
		return "/", makeAll(unix.MS_SLAVE)
	}
	return "/", makePrivate()
}

func makePrivate() syscall.Errno { return makeAll(unix.MS_PRIVATE) }

// makeAll gives all mounts a propagation.
func makeAll(propagation uintptr) syscall.Errno {
	errno := makeAllBelow(propagation)
	if errno == unix.EINVAL {
		errno = makeAllInChroot(propagation)
	}
	return errno
}

func makeAllBelow(propagation uintptr) syscall.Errno {
	return mount("\x00", "/\x00", "\x00", propagation|unix.MS_REC)
}

// makeAllInChroot is for a root directory that is no mount: that on which it
// lies has no name below it. To join its own mount namespace takes a process to the
// root of that (setns(2)), from where all mounts are reached; then it goes back.
func makeAllInChroot(propagation uintptr) syscall.Errno {
	root, errno := open("/\x00", unix.O_PATH|unix.O_DIRECTORY)
	if errno != 0 {
		return errno
	}
	dir, errno := open(".\x00", unix.O_PATH|unix.O_DIRECTORY)
	if errno != 0 {
		return errno
	}
	namespace, errno := open("/proc/self/ns/mnt\x00", unix.O_RDONLY)
	if errno != 0 {
		return errno
	}
	if _, _, errno := syscall.RawSyscall(unix.SYS_SETNS, uintptr(namespace), unix.CLONE_NEWNS, 0); errno != 0 {
		return errno
	}
	if errno := makeAllBelow(propagation); errno != 0 {
		return errno
	}
	if _, _, errno := syscall.RawSyscall(unix.SYS_FCHDIR, uintptr(root), 0, 0); errno != 0 {
		return errno
	}
	if _, _, errno := syscall.RawSyscall(unix.SYS_CHROOT, pointerTo(".\x00"), 0, 0); errno != 0 {
		return errno
	}
	if _, _, errno := syscall.RawSyscall(unix.SYS_FCHDIR, uintptr(dir), 0, 0); errno != 0 {
		return errno
	}
	for _, fd := range [...]int{root, dir, namespace} {
		if errno := closeFD(fd); errno != 0 {
			return errno
		}
	}
	return 0
}

// mountProc mounts a procfs of the new PID namespace over the inherited one,
// which shows the host's processes.
func (i *Init) mountProc() (string, syscall.Errno) {
	if i.config.hostPID {
		return hosts, 0
	}
	return "/proc", mount("proc\x00", "/proc\x00", "proc\x00", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC)
}

// createCgroupNamespace makes the cgroups that init was born in the roots of all
// that the container sees, and binds them over the host's trees, where the paths
// of the new namespace would name other cgroups (cgroup_namespaces(7)). A new
// mount of the same file system there the kernel refuses.
func (i *Init) createCgroupNamespace() (string, syscall.Errno) {
	if i.config.cgroupDirs == 0 {
		return hosts, 0
	}
	if _, _, errno := syscall.RawSyscall(unix.SYS_UNSHARE, unix.CLONE_NEWCGROUP, 0, 0); errno != 0 {
		return i.config.cgroups[0].dir, errno
	}
	for n := range i.config.cgroupDirs {
		cgroup := &i.config.cgroups[n]
		if cgroup.mountpoint == "" {
			continue
		}
		if errno := mount(cgroup.dir, cgroup.mountpoint, "\x00", unix.MS_BIND); errno != 0 {
			return cgroup.dir, errno
		}
	}
	return i.config.cgroups[0].dir, 0
}

// bringUpLoopback sets IFF_UP on lo, which is down in a new network namespace
// (netdevice(7)); the kernel gives it 127.0.0.1 and ::1 by itself.
func (i *Init) bringUpLoopback() (string, syscall.Errno) {
	const device = "lo"
	if i.config.hostNetwork {
		return hosts, 0
	}
	socket, _, errno := syscall.RawSyscall(unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if errno != 0 {
		return device, errno
	}
	request := struct {
		name  [unix.IFNAMSIZ]byte
		flags uint16
		_     [22]byte // the rest of struct ifreq's union
	}{flags: unix.IFF_UP}
	copy(request.name[:], device)
	_, _, errno = syscall.RawSyscall(unix.SYS_IOCTL, socket, unix.SIOCSIFFLAGS, uintptr(unsafe.Pointer(&request)))
	if closing := closeFD(int(socket)); errno == 0 {
		errno = closing
	}
	return device, errno
}

// restoreSignals gives the command the signal mask of mydocker's caller, and the
// default for a broken pipe, which mydocker ignores.
func (i *Init) restoreSignals() (string, syscall.Errno) {
	errno := SetSignals(i.config.mask)
	if errno == 0 {
		errno = resetSignal(unix.SIGPIPE)
	}
	return "the signal mask", errno
}
