package bare

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// copied is a directory that is being copied.
type copied struct{ from, to int }

// copyUp copies a directory, which a new tmpfs at the operation's path covers, into that.
func (r *rootFS) copyUp(covered int, o *operation) syscall.Errno {
	base, path := r.where(o)
	to, errno := r.open(base, path, o.asked(wire.FlagNoLinks))
	if errno != 0 {
		return errno
	}
	var system unix.Statfs_t
	if errno = fstatfs(to, &system); errno == 0 && system.Type != unix.TMPFS_MAGIC {
		errno = unix.EXDEV // somebody else has put another directory there
	}
	if errno != 0 {
		return errno
	}
	from, errno := openAt(covered, ".\x00", unix.O_RDONLY|unix.O_DIRECTORY)
	if errno != 0 {
		return errno
	}
	r.copies[0] = copied{from: from, to: to}
	return r.copyTree()
}

// copyTree copies what the first of copies is, level by level: nothing here calls itself.
func (r *rootFS) copyTree() syscall.Errno {
	for depth := 0; depth >= 0; {
		level := &r.copies[depth]
		n, errno := getdents(level.from, r.text[:maxWalk/2])
		if errno != 0 {
			return errno
		}
		if n == 0 {
			if depth > 0 { // the tmpfs has a mode of its own
				errno = giveAlike(level.from, level.to)
			}
			if closing := closeBoth(level.from, level.to); errno == 0 {
				errno = closing
			}
			if errno != 0 {
				return errno
			}
			depth--
			continue
		}
		below, errno := r.copyEntries(level, n)
		if errno != 0 {
			return errno
		}
		if below.from == 0 {
			continue
		}
		if depth++; depth == len(r.copies) {
			return unix.ELOOP
		}
		r.copies[depth] = below
	}
	return 0
}

// copyEntries copies what getdents has brought, up to a directory, which it makes and opens.
func (r *rootFS) copyEntries(level *copied, n int) (below copied, errno syscall.Errno) {
	for at := 0; at < n; {
		entry := (*unix.Dirent)(unsafe.Pointer(&r.text[at]))
		name := text((*byte)(unsafe.Pointer(&entry.Name[0])))
		at += int(entry.Reclen)
		if name == "." || name == ".." {
			continue
		}
		below, errno = r.copyEntry(level, name)
		if errno != 0 {
			return below, errno
		}
		if below.from != 0 { // its entries come into the same buffer
			_, _, errno = syscall.RawSyscall(unix.SYS_LSEEK, uintptr(level.from), uintptr(entry.Off), unix.SEEK_SET)
			return below, errno
		}
	}
	return below, 0
}

// copyEntry copies a file with its owner and its permissions.
func (r *rootFS) copyEntry(level *copied, name string) (below copied, errno syscall.Errno) {
	fd, errno := openBelow(level.from, name, unix.O_NOFOLLOW)
	if errno != 0 {
		return below, errno
	}
	var status unix.Stat_t
	_, _, errno = syscall.RawSyscall(unix.SYS_FSTAT, uintptr(fd), uintptr(unsafe.Pointer(&status)), 0)
	if errno == 0 && status.Mode&unix.S_IFMT == unix.S_IFLNK {
		errno = r.copyLink(fd, level.to, name)
	}
	if closing := closeFD(fd); errno == 0 {
		errno = closing
	}
	if errno != 0 {
		return below, errno
	}
	switch status.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		return makeAlike(level, name)
	case unix.S_IFREG:
		return below, copyContent(level, name)
	case unix.S_IFSOCK: // nobody listens to the copy
		return below, 0
	case unix.S_IFLNK:
	default:
		_, _, errno = syscall.RawSyscall6(unix.SYS_MKNODAT, uintptr(level.to), pointerTo(name), uintptr(status.Mode), uintptr(status.Rdev), 0, 0)
	}
	if errno == 0 {
		_, _, errno = syscall.RawSyscall6(unix.SYS_FCHOWNAT, uintptr(level.to), pointerTo(name),
			uintptr(status.Uid), uintptr(status.Gid), unix.AT_SYMLINK_NOFOLLOW, 0)
	}
	return below, errno
}

func (r *rootFS) copyLink(link, to int, name string) syscall.Errno {
	buffer := r.text[maxWalk/2:]
	n, _, errno := syscall.RawSyscall6(unix.SYS_READLINKAT, uintptr(link), pointerTo("\x00"), uintptr(unsafe.Pointer(&buffer[0])), uintptr(len(buffer)-1), 0, 0)
	if errno != 0 {
		return errno
	}
	buffer[n] = 0
	_, _, errno = syscall.RawSyscall(unix.SYS_SYMLINKAT, uintptr(unsafe.Pointer(&buffer[0])), uintptr(to), pointerTo(name))
	return errno
}

// makeAlike makes a directory and opens both.
func makeAlike(level *copied, name string) (below copied, errno syscall.Errno) {
	const flags = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NOFOLLOW
	if _, _, errno = syscall.RawSyscall(unix.SYS_MKDIRAT, uintptr(level.to), pointerTo(name), 0o700); errno != 0 {
		return below, errno
	}
	from, errno := openAt(level.from, name, flags)
	if errno != 0 {
		return below, errno
	}
	to, errno := openAt(level.to, name, flags)
	return copied{from: from, to: to}, errno
}

// copyContent copies a regular file.
func copyContent(level *copied, name string) syscall.Errno {
	from, errno := openAt(level.from, name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK)
	if errno != 0 {
		return errno
	}
	fd, _, errno := syscall.RawSyscall6(unix.SYS_OPENAT, uintptr(level.to), pointerTo(name),
		unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_CLOEXEC, 0o600, 0, 0)
	if errno != 0 {
		return errno
	}
	const most = 1 << 30
	for n := uintptr(most); n > 0 && errno == 0; {
		n, _, errno = syscall.RawSyscall6(unix.SYS_SENDFILE, fd, uintptr(from), 0, most, 0, 0)
	}
	if errno == 0 {
		errno = giveAlike(from, int(fd))
	}
	if closing := closeBoth(from, int(fd)); errno == 0 {
		errno = closing
	}
	return errno
}

// giveAlike gives a copy the owner, the permissions and the times of what it is of.
func giveAlike(from, to int) syscall.Errno {
	var status unix.Stat_t
	_, _, errno := syscall.RawSyscall(unix.SYS_FSTAT, uintptr(from), uintptr(unsafe.Pointer(&status)), 0)
	if errno != 0 {
		return errno
	}
	empty := pointerTo("\x00")
	_, _, errno = syscall.RawSyscall6(unix.SYS_FCHOWNAT, uintptr(to), empty, uintptr(status.Uid), uintptr(status.Gid), unix.AT_EMPTY_PATH, 0)
	if errno != 0 {
		return errno
	}
	if _, _, errno = syscall.RawSyscall(unix.SYS_FCHMOD, uintptr(to), uintptr(status.Mode&0o7777), 0); errno != 0 {
		return errno
	}
	times := [2]unix.Timespec{status.Atim, status.Mtim}
	_, _, errno = syscall.RawSyscall6(unix.SYS_UTIMENSAT, uintptr(to), 0, uintptr(unsafe.Pointer(&times)), 0, 0, 0)
	return errno
}
