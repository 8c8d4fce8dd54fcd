package bare

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// What kernels before 5.2 (open_tree, move_mount), 5.6 (openat2) and 5.12
// (mount_setattr) need instead.

// fdPath is a name for an open file. The host's /proc is still there.
type fdPath [len("/proc/self/fd/") + 12]byte

func (p *fdPath) of(fd int) string {
	used := copy(p[:], "/proc/self/fd/")
	divisor := 1
	for fd/divisor >= 10 {
		divisor *= 10
	}
	for ; divisor > 0; divisor /= 10 {
		p[used] = '0' + byte(fd/divisor%10)
		used++
	}
	p[used] = 0
	return unsafe.String(&p[0], used)
}

// attachByPath is attach by mount(2), with the names of open files for paths.
func attachByPath(source, target int, o *operation) syscall.Errno {
	if o.asked(wire.FlagReadOnlyBelow) && o.asked(wire.FlagRecursive) {
		return unix.ENOSYS
	}
	var from, to fdPath
	flags := uintptr(unix.MS_BIND)
	if o.asked(wire.FlagRecursive) {
		flags |= unix.MS_REC
	}
	where := to.of(target)
	errno := mount(from.of(source), where, "\x00", flags)
	if errno != 0 || o.mount == 0 {
		return errno
	}
	// The descriptor is of what is covered now: its name leads to what covers it.
	top, errno := openCover(target, where)
	if errno != 0 {
		return errno
	}
	errno = remount(top, o.mount&^(propagations|unix.MS_REC))
	if propagation := o.mount & (propagations | unix.MS_REC); errno == 0 && propagation&^unix.MS_REC != 0 {
		errno = mount("\x00", to.of(top), "\x00", uintptr(propagation))
	}
	if closing := closeFD(top); errno == 0 {
		errno = closing
	}
	return errno
}

// openCover opens what is mounted on top of an open file. A directory's ".." leads up
// and back down; a file's parent is not known, so its name in /proc has to do, from
// which the kernel goes on to what covers it only for a path that goes on.
func openCover(target int, where string) (int, syscall.Errno) {
	kind, errno := typeOf(target)
	if errno != 0 {
		return 0, errno
	}
	if kind == unix.S_IFDIR {
		return openBelow(target, ".\x00", unix.O_DIRECTORY)
	}
	return open(where, unix.O_PATH)
}

// remount sets flags of a mount and keeps those that it has: in a user namespace they
// are locked.
func remount(fd int, flags uint64) syscall.Errno {
	var status unix.Statfs_t
	_, _, errno := syscall.RawSyscall(unix.SYS_FSTATFS, uintptr(fd), uintptr(unsafe.Pointer(&status)), 0)
	if errno != 0 {
		return errno
	}
	// Of these, statfs(2) and mount(2) share the values.
	const shared = unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC | unix.MS_NOATIME | unix.MS_NODIRATIME
	flags |= uint64(status.Flags) & shared
	var path fdPath
	return mount("\x00", path.of(fd), "\x00", uintptr(flags|unix.MS_REMOUNT|unix.MS_BIND))
}

// openInChroot opens a path below a directory in which every link stays, for want of
// openat2: the directory is the process's root meanwhile.
func openInChroot(base int, path string, flags uintptr) (fd int, errno syscall.Errno) {
	root, errno := open("/\x00", unix.O_PATH|unix.O_DIRECTORY)
	if errno != 0 {
		return 0, errno
	}
	if errno = chrootTo(base); errno != 0 {
		return 0, errno
	}
	fd, found := open(path, unix.O_PATH|flags)
	if errno = chrootTo(root); errno == 0 {
		errno = closeFD(root)
	}
	if errno == 0 {
		errno = found
	}
	return fd, errno
}

func chrootTo(fd int) syscall.Errno {
	_, _, errno := syscall.RawSyscall(unix.SYS_FCHDIR, uintptr(fd), 0, 0)
	if errno == 0 {
		_, _, errno = syscall.RawSyscall(unix.SYS_CHROOT, pointerTo(".\x00"), 0, 0)
	}
	return errno
}

// hasLink reports whether a component of an absolute path below base is a symbolic
// link, or cannot be looked at.
func (r *rootFS) hasLink(base int, path string) bool {
	for end := 1; end <= len(path); end++ {
		if end < len(path) && path[end] != '/' {
			continue
		}
		behind := cut(path, end)
		fd, errno := openInChroot(base, path[:end], unix.O_NOFOLLOW)
		join(path, end, behind)
		if errno != 0 {
			return errno != unix.ENOENT
		}
		kind, errno := typeOf(fd)
		if closeFD(fd) != 0 || errno != 0 || kind == unix.S_IFLNK {
			return true
		}
	}
	return false
}
