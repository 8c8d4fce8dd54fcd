package bare

import (
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// mountAt mounts a new file system at the operation's path. The target is the
// current directory: so mount(2), too, takes what was looked up and not a name that
// may mean something else by now.
func (r *rootFS) mountAt(o *operation) syscall.Errno {
	if o.asked(wire.FlagKeepMode) {
		if errno := r.keepMode(o); errno != 0 {
			return errno
		}
	}
	target, errno := r.target(o, unix.S_IFDIR)
	if errno != 0 {
		return errno
	}
	if o.asked(wire.FlagInDirectory) {
		var path fdPath
		errno = mountFrom(o, path.of(target))
	} else if errno = fchdir(target); errno == 0 {
		errno = mountData(o.source, ".\x00", o.fstype, uintptr(o.mount), o.data)
	}
	if errno == 0 && o.asked(wire.FlagCopyUp) {
		errno = r.copyUp(target, o)
	}
	if closing := closeFD(target); errno == 0 {
		errno = closing
	}
	return errno
}

// mountFrom mounts a new file system of which the options have paths that begin in a
// directory.
func mountFrom(o *operation, target string) syscall.Errno {
	if errno := chdir(o.source); errno != 0 {
		return errno
	}
	return mountData(o.fstype, target, o.fstype, uintptr(o.mount), o.data)
}

// bindAt binds a file or directory at the operation's path.
func (r *rootFS) bindAt(o *operation) syscall.Errno {
	if o.asked(wire.FlagEarly) {
		return r.bindEarly(o)
	}
	if o.asked(wire.FlagOpened) {
		return r.bindTree(wire.FirstFile+int(o.device), o)
	}
	source, errno := r.openSource(o)
	if errno != 0 {
		r.failed = o.source
		return errno
	}
	errno = r.bindOpen(source, o)
	if closing := closeFD(source); errno == 0 { // also where the operation is left out: a reaper keeps what is open
		errno = closing
	}
	return errno
}

// bindOpen binds an open file at the operation's path.
func (r *rootFS) bindOpen(source int, o *operation) syscall.Errno {
	kind, errno := checkSource(source, o)
	if errno != 0 {
		r.failed = o.source
		return errno
	}
	target, errno := r.target(o, kind)
	if errno != 0 {
		return errno
	}
	errno = r.attach(source, target, o)
	if closing := closeFD(target); errno == 0 {
		errno = closing
	}
	return errno
}

// checkSource makes sure that what is to be bound is what it has to be, and tells its type.
func checkSource(source int, o *operation) (kind uint32, errno syscall.Errno) {
	var status unix.Stat_t
	_, _, errno = syscall.RawSyscall(unix.SYS_FSTAT, uintptr(source), uintptr(unsafe.Pointer(&status)), 0)
	if errno != 0 {
		return 0, errno
	}
	if o.asked(wire.FlagDevice) && !isDevice(&status, o) {
		return 0, unix.ENXIO
	}
	if o.asked(wire.FlagProc) {
		var system unix.Statfs_t
		if errno = fstatfs(source, &system); errno == 0 && system.Type != unix.PROC_SUPER_MAGIC {
			errno = unix.EXDEV
		}
	}
	return status.Mode & unix.S_IFMT, errno
}

// isDevice reports whether a file is the operation's device.
func isDevice(status *unix.Stat_t, o *operation) bool {
	sameNumber := uint64(status.Rdev) == o.device //nolint:unconvert // 32 bits on some
	return sameNumber && status.Mode&unix.S_IFMT == uint32(o.mode)&unix.S_IFMT
}

// makeReadOnly binds a path on itself, read-only.
func (r *rootFS) makeReadOnly(o *operation) syscall.Errno {
	base, path := r.where(o)
	target, errno := r.open(base, path, o.asked(wire.FlagNoLinks))
	if errno != 0 {
		return errno
	}
	if errno := isSame(target, o.data); errno != 0 {
		return errno
	}
	if errno := r.attach(target, target, o); errno != 0 {
		return errno
	}
	return closeFD(target)
}

// mask covers a path with an empty file or directory of the tmpfs, which cannot be
// written.
func (r *rootFS) mask(o *operation) syscall.Errno {
	target, errno := r.openNearest(o)
	if errno == 0 {
		errno = isSame(target, o.data)
	}
	if errno != 0 {
		return errno
	}
	kind, errno := typeOf(target)
	if errno != 0 {
		return errno
	}
	cover := wire.EmptyFile + "\x00"
	if kind == unix.S_IFDIR {
		cover = wire.EmptyDirectory + "\x00"
	}
	if tree, errno := cloneAt(r.tmpfs, cover[1:], unix.AT_SYMLINK_NOFOLLOW, o); !lacks(errno) {
		if errno != 0 {
			return errno
		}
		if errno = moveTree(tree, target); errno != 0 {
			return errno
		}
		return closeBoth(tree, target)
	}
	source, errno := openBelow(r.tmpfs, cover, unix.O_NOFOLLOW)
	if errno != 0 {
		return errno
	}
	if errno := r.attach(source, target, o); errno != 0 {
		return errno
	}
	return closeBoth(source, target)
}

// openNearest opens the operation's path, or the nearest directory above it that init may
// enter. In a user namespace its root may not enter directories of who is not in it. To
// leave out what is below would be to trust that no other user of the container may.
func (r *rootFS) openNearest(o *operation) (fd int, errno syscall.Errno) {
	base, path := r.where(o)
	for end := len(path); end > 0; end = strings.LastIndexByte(path[:end], '/') {
		behind := cut(path, end)
		fd, errno = r.open(base, path[:end], o.asked(wire.FlagNoLinks))
		join(path, end, behind)
		if errno != unix.EACCES {
			return fd, errno
		}
	}
	if o.asked(wire.FlagInHeld) {
		return r.open(base, text(unsafe.StringData("/\x00")), true)
	}
	return fd, errno
}

// openSource opens what the operation binds.
func (r *rootFS) openSource(o *operation) (int, syscall.Errno) {
	if o.asked(wire.FlagFromTmpfs) {
		return openBelow(r.tmpfs, o.source, unix.O_NOFOLLOW)
	}
	if o.asked(wire.FlagFollow) {
		return open(o.source, unix.O_PATH)
	}
	return openSource(o.source)
}

// openSource opens a path of the host. The parent has resolved it: a link that is in
// it now was put there since, to show the container another file.
func openSource(path string) (int, syscall.Errno) {
	at := unix.AT_FDCWD
	fd, errno := openat2(at, path, unix.O_PATH, unix.RESOLVE_NO_SYMLINKS)
	if lacks(errno) {
		return open(path, unix.O_PATH|unix.O_NOFOLLOW)
	}
	return fd, errno
}

// propagations are the flags of mount(2) that tell where mounts go on.
const propagations = unix.MS_SHARED | unix.MS_SLAVE | unix.MS_PRIVATE | unix.MS_UNBINDABLE

// attach mounts a copy of what source is at target. Its flags are in force before
// anybody can see it.
func (r *rootFS) attach(source, target int, o *operation) syscall.Errno {
	tree, errno := clone(source, o)
	if lacks(errno) {
		return r.attachByPath(source, target, o)
	}
	if errno != 0 {
		return errno
	}
	errno = moveTree(tree, target)
	if closing := closeFD(tree); errno == 0 {
		errno = closing
	}
	return errno
}

// clone copies the mount on which source is, with the operation's flags. What is mounted
// below comes along if that is asked for.
func clone(source int, o *operation) (int, syscall.Errno) {
	return cloneAt(source, "\x00", unix.AT_EMPTY_PATH, o)
}

// cloneAt is clone for a path below dir.
func cloneAt(dir int, path string, flags uintptr, o *operation) (int, syscall.Errno) {
	flags |= unix.OPEN_TREE_CLONE | unix.OPEN_TREE_CLOEXEC
	if o.asked(wire.FlagRecursive) {
		flags |= unix.AT_RECURSIVE
	}
	tree, _, errno := syscall.RawSyscall(unix.SYS_OPEN_TREE, uintptr(dir), pointerTo(path), flags)
	if errno != 0 {
		return 0, errno
	}
	if errno = setTreeAttributes(int(tree), o); errno != 0 {
		if closing := closeFD(int(tree)); closing != 0 {
			errno = closing
		}
		return 0, errno
	}
	return int(tree), 0
}

// moveTree mounts a tree that is not attached yet.
func moveTree(tree, target int) syscall.Errno {
	nothing := pointerTo("\x00")
	empty := uintptr(unix.MOVE_MOUNT_F_EMPTY_PATH | unix.MOVE_MOUNT_T_EMPTY_PATH)
	_, _, errno := syscall.RawSyscall6(unix.SYS_MOVE_MOUNT, uintptr(tree), nothing, uintptr(target), nothing, empty, 0)
	return errno
}

// setTreeAttributes sets the operation's flags on a tree that is not attached yet, or on what
// is mounted.
func setTreeAttributes(tree int, o *operation) syscall.Errno {
	own := unix.MountAttr{Attr_set: o.mount&sharedFlags | o.attributes.Set, Attr_clr: o.attributes.Clear}
	below := unix.MountAttr{Attr_set: o.attributes.SetBelow, Attr_clr: o.attributes.ClearBelow}
	if o.asked(wire.FlagReadOnlyBelow) {
		below.Attr_set, own.Attr_set = below.Attr_set|own.Attr_set, 0
	}
	if o.asked(wire.FlagNoDevicesBelow) {
		below.Attr_set |= unix.MOUNT_ATTR_NODEV
	}
	if o.mount&unix.MS_REC != 0 {
		below.Propagation = o.mount & propagations
	} else {
		own.Propagation = o.mount & propagations
	}
	if below != (unix.MountAttr{}) {
		if errno := mountSetattr(tree, &below, unix.AT_RECURSIVE); errno != 0 {
			return errno
		}
	}
	if own == (unix.MountAttr{}) {
		return 0
	}
	return mountSetattr(tree, &own, 0)
}

// sharedFlags are those whose values mount(2) and mount_setattr(2) share.
const sharedFlags = unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC

// setAttributes sets flags of a mount, of sharedFlags.
func setAttributes(fd int, flags uint64, recursive uintptr) syscall.Errno {
	attributes := unix.MountAttr{Attr_set: flags & sharedFlags}
	return mountSetattr(fd, &attributes, recursive)
}

func mountSetattr(fd int, attributes *unix.MountAttr, recursive uintptr) syscall.Errno {
	_, _, errno := syscall.RawSyscall6(unix.SYS_MOUNT_SETATTR, uintptr(fd), pointerTo("\x00"),
		unix.AT_EMPTY_PATH|recursive, uintptr(unsafe.Pointer(attributes)), unsafe.Sizeof(*attributes), 0)
	return errno
}

// typeOf is the type of an open file: S_IFDIR, S_IFREG and so on.
func typeOf(fd int) (uint32, syscall.Errno) {
	var status unix.Stat_t
	_, _, errno := syscall.RawSyscall(unix.SYS_FSTAT, uintptr(fd), uintptr(unsafe.Pointer(&status)), 0)
	return status.Mode & unix.S_IFMT, errno
}

// lacks reports whether a kernel, or a seccomp filter that is older, does not know a
// system call.
func lacks(errno syscall.Errno) bool { return errno == unix.ENOSYS }
