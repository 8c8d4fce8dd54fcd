package bare

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// devptsMagic is the type of a devpts (statfs(2)).
const devptsMagic = 0x1cd1

// console is a wire.Console as it lies in the message.
type console struct {
	asked                         bool
	streams, rows, columns, owner uint64
	lead                          bool // it becomes the controlling terminal here, and not below a reaper
}

func (c *console) parse(value []byte) (ok bool) {
	rest := text(unsafe.SliceData(value))
	for _, number := range [...]*uint64{&c.streams, &c.rows, &c.columns, &c.owner} {
		if *number, rest, ok = cutNumber(rest); !ok {
			return false
		}
	}
	c.asked = true
	return rest == ""
}

// openConsole opens a pseudo-terminal of the container's devpts, which this list has just
// mounted: the image has no say in it (CVE-2025-52565). The master goes to mydocker, the
// slave becomes streams of the command, and /dev/console.
func (r *rootFS) openConsole(o *operation) syscall.Errno {
	master, slave, errno := r.openTerminal(o.source)
	if errno != 0 {
		return errno
	}
	if errno = r.console.prepare(master, slave); errno != 0 {
		return errno
	}
	o.flags |= wire.FlagNoLinks
	target, errno := r.target(o, unix.S_IFREG)
	if errno != 0 {
		return errno
	}
	if errno = r.attach(slave, target, o); errno != 0 {
		return errno
	}
	if errno = sendFDs(wire.TerminalFD, master, slave); errno != 0 {
		return errno
	}
	if errno = closeBoth(master, target); errno != 0 {
		return errno
	}
	return closeBoth(slave, wire.TerminalFD)
}

// openTerminal opens both sides of a new pseudo-terminal of the devpts at dir.
func (r *rootFS) openTerminal(dir string) (master, slave int, errno syscall.Errno) {
	pts, errno := r.open(r.root, dir, true)
	if errno != 0 {
		return 0, 0, errno
	}
	var status unix.Statfs_t
	if errno = fstatfs(pts, &status); errno != 0 {
		return 0, 0, errno
	}
	if status.Type != devptsMagic {
		return 0, 0, unix.ENOTTY
	}
	if master, errno = openAt(pts, "ptmx\x00", unix.O_RDWR|unix.O_NOCTTY|unix.O_NOFOLLOW); errno != 0 {
		return 0, 0, errno
	}
	unlocked := int32(0)
	if _, _, errno = syscall.RawSyscall(unix.SYS_IOCTL, uintptr(master), unix.TIOCSPTLCK, uintptr(unsafe.Pointer(&unlocked))); errno != 0 {
		return 0, 0, errno
	}
	if slave, errno = openPeer(pts, master); errno != 0 {
		return 0, 0, errno
	}
	return master, slave, closeFD(pts)
}

// openPeer opens the other side of a pseudo-terminal: a name may be that of somebody else's.
// Before Linux 4.13 there is but the name, which is 0 in a new instance of devpts.
func openPeer(pts, master int) (slave int, errno syscall.Errno) {
	fd, _, errno := syscall.RawSyscall(unix.SYS_IOCTL, uintptr(master), unix.TIOCGPTPEER, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC)
	if errno != unix.ENOTTY && errno != unix.EINVAL {
		return int(fd), errno
	}
	number := int32(-1)
	_, _, errno = syscall.RawSyscall(unix.SYS_IOCTL, uintptr(master), unix.TIOCGPTN, uintptr(unsafe.Pointer(&number)))
	if errno == 0 && number != 0 {
		errno = unix.ENOTSUP
	}
	if errno != 0 {
		return 0, errno
	}
	return openAt(pts, "0\x00", unix.O_RDWR|unix.O_NOCTTY|unix.O_NOFOLLOW)
}

// prepare gives the terminal its size and its owner, and makes it what the command has for
// streams.
func (c *console) prepare(master, slave int) syscall.Errno {
	size := unix.Winsize{Row: uint16(c.rows), Col: uint16(c.columns)}
	if _, _, errno := syscall.RawSyscall(unix.SYS_IOCTL, uintptr(master), unix.TIOCSWINSZ, uintptr(unsafe.Pointer(&size))); errno != 0 {
		return errno
	}
	if c.owner != 0 {
		const noGroup = ^uintptr(0)
		if _, _, errno := syscall.RawSyscall(unix.SYS_FCHOWN, uintptr(slave), uintptr(c.owner), noGroup); errno != 0 {
			return errno
		}
	}
	for fd := range uintptr(3) {
		if c.streams>>fd&1 == 0 {
			continue
		}
		if _, _, errno := syscall.RawSyscall(unix.SYS_DUP3, uintptr(slave), fd, 0); errno != 0 {
			return errno
		}
	}
	if !c.lead {
		return 0
	}
	_, _, errno := syscall.RawSyscall(unix.SYS_IOCTL, uintptr(slave), unix.TIOCSCTTY, 0)
	return errno
}

// sendFDs sends two descriptors over a socket, with a byte, without which they do not
// count.
func sendFDs(socket, first, second int) syscall.Errno {
	content := byte(0)
	vector := unix.Iovec{Base: &content, Len: 1}
	control := struct {
		header unix.Cmsghdr
		fds    [2]int32
	}{
		unix.Cmsghdr{Level: unix.SOL_SOCKET, Type: unix.SCM_RIGHTS},
		[2]int32{int32(first), int32(second)},
	}
	control.header.SetLen(int(unsafe.Sizeof(control)))
	message := unix.Msghdr{Iov: &vector, Iovlen: 1, Control: (*byte)(unsafe.Pointer(&control))}
	message.SetControllen(int(unsafe.Sizeof(control)))
	_, _, errno := syscall.RawSyscall(unix.SYS_SENDMSG, uintptr(socket), uintptr(unsafe.Pointer(&message)), unix.MSG_NOSIGNAL)
	return errno
}

func openAt(dir int, name string, flags uintptr) (int, syscall.Errno) {
	fd, _, errno := syscall.RawSyscall6(unix.SYS_OPENAT, uintptr(dir), pointerTo(name), flags|unix.O_CLOEXEC, 0, 0, 0)
	return int(fd), errno
}
