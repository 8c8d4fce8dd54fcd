package bare

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// openTerminal opens a pseudo-terminal for a process that joins a container: of the devpts
// that it finds there, whatever that is. The kernel says which slave belongs to the master
// (TIOCGPTPEER, Linux 4.13), so no path in there has a say in it.
func (i *Init) openTerminal() (string, syscall.Errno) {
	const dir = "/dev/pts"
	console := i.config.console
	if !console.asked || len(i.config.operations) > 0 {
		return asItWas, 0
	}
	pts, errno := open(dir+"\x00", unix.O_PATH|unix.O_DIRECTORY)
	if errno != 0 {
		return dir, errno
	}
	var status unix.Statfs_t
	if errno = fstatfs(pts, &status); errno == 0 && status.Type != devptsMagic {
		errno = unix.ENOTTY
	}
	if errno != 0 {
		return dir, errno
	}
	const flags = unix.O_RDWR | unix.O_NOCTTY | unix.O_NOFOLLOW
	master, errno := openAt(pts, "ptmx\x00", flags)
	if errno == unix.EACCES { // the host's has no permissions, for there is another file for all
		master, errno = open("/dev/ptmx\x00", flags)
	}
	if errno != 0 {
		return dir + "/ptmx", errno
	}
	console.lead = !i.config.reaper
	if errno = console.connect(master); errno != 0 {
		return dir, errno
	}
	return dir, closeBoth(pts, wire.TerminalFD)
}

// connect unlocks the slave of a master, makes it what the command has for streams, and
// sends both to the parent.
func (c *console) connect(master int) syscall.Errno {
	unlocked := int32(0)
	if _, _, errno := syscall.RawSyscall(unix.SYS_IOCTL, uintptr(master), unix.TIOCSPTLCK, uintptr(unsafe.Pointer(&unlocked))); errno != 0 {
		return errno
	}
	slave, _, errno := syscall.RawSyscall(unix.SYS_IOCTL, uintptr(master), unix.TIOCGPTPEER, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC)
	if errno != 0 {
		return errno
	}
	if errno = c.prepare(master, int(slave)); errno != 0 {
		return errno
	}
	if errno = sendFDs(wire.TerminalFD, master, int(slave)); errno != 0 {
		return errno
	}
	return closeBoth(master, int(slave))
}
