package bare

import (
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// tmpfsMount is where the tmpfs is until the host's root is gone. Over the host's root
// itself it would stay on top of the container's root when that is unmounted.
const tmpfsMount = wire.TmpfsMount + "\x00"

// makeTmpfs mounts the tmpfs, where the container does not see it.
func (r *rootFS) makeTmpfs(o *operation) (errno syscall.Errno) {
	target := tmpfsMount
	if r.covering = o.path != ""; r.covering {
		target = o.path
	}
	if errno = mountData("tmpfs\x00", target, "tmpfs\x00", uintptr(o.mount), o.data); errno != 0 {
		return errno
	}
	r.tmpfs, errno = open(target, unix.O_PATH|unix.O_DIRECTORY)
	return errno
}

// uncover takes the tmpfs from the root. What has been bound from it stays.
func (r *rootFS) uncover() syscall.Errno {
	if !r.covering {
		return 0
	}
	if errno := fchdir(r.tmpfs); errno != 0 {
		return errno
	}
	_, _, errno := syscall.RawSyscall(unix.SYS_UMOUNT2, pointerTo(".\x00"), unix.MNT_DETACH, 0)
	return errno
}

// openTop opens what is mounted on top of the process's root. A path that begins
// at the root stays below it, but one that leaves the root by ".." comes to what
// covers it (path_resolution(7) has nothing of this; follow_dotdot of fs/namei.c).
func openTop() (int, syscall.Errno) {
	return open("/..\x00", unix.O_PATH|unix.O_DIRECTORY)
}

// mountRoot mounts a new file system as the container's root, over the host's.
func (r *rootFS) mountRoot(o *operation) (errno syscall.Errno) {
	if o.asked(wire.FlagInDirectory) {
		errno = mountFrom(o, "/\x00")
	} else {
		errno = mountData(o.source, "/\x00", o.fstype, uintptr(o.mount), o.data)
	}
	if errno != 0 {
		return errno
	}
	r.root, errno = openTop()
	return errno
}

// bindRoot binds a directory of the host as the container's root, over the host's.
func (r *rootFS) bindRoot(o *operation) syscall.Errno {
	source, errno := openSource(o.source)
	if errno != 0 {
		return errno
	}
	if o.asked(wire.FlagInPlace) {
		r.root, errno = r.bindOverItself(source, o)
	} else {
		r.root, errno = r.bindOverRoot(source, o)
	}
	if errno != 0 {
		return errno
	}
	if o.asked(wire.FlagReadOnlyBelow) {
		if errno = r.letMake(source); errno != 0 {
			return errno
		}
	}
	return closeFD(source)
}

// bindOverRoot binds the operation's source over the host's root.
func (r *rootFS) bindOverRoot(source int, o *operation) (root int, errno syscall.Errno) {
	slash, errno := open("/\x00", unix.O_PATH|unix.O_DIRECTORY)
	if errno != 0 {
		return 0, errno
	}
	if errno = r.attach(source, slash, o); errno != 0 {
		return 0, errno
	}
	if root, errno = openTop(); errno != 0 {
		return 0, errno
	}
	return root, closeFD(slash)
}

// bindOverItself binds the operation's source where it is.
func (r *rootFS) bindOverItself(source int, o *operation) (root int, errno syscall.Errno) {
	tree, errno := clone(source, o)
	if errno == 0 {
		return tree, moveTree(tree, source)
	}
	if !lacks(errno) {
		return 0, errno
	}
	if errno = r.attachByPath(source, source, o); errno != 0 {
		return 0, errno
	}
	return openSource(o.source)
}

// letMake takes the read-only flag from the root's own mount until sealRoot: mount points
// are to be made in it. What the host has mounted read-only stays so.
func (r *rootFS) letMake(source int) syscall.Errno {
	var status unix.Statfs_t
	errno := fstatfs(source, &status)
	if errno != 0 || status.Flags&unix.ST_RDONLY != 0 {
		return errno
	}
	attributes := unix.MountAttr{Attr_clr: unix.MOUNT_ATTR_RDONLY}
	return mountSetattr(r.root, &attributes, 0)
}

// pivot makes the new root that of the process and takes the host's away.
// pivot_root(2) has the old root be on top of the new one, "Notes".
func (r *rootFS) pivot(o *operation) syscall.Errno {
	if errno := r.uncover(); errno != 0 {
		return errno
	}
	if errno := fchdir(r.root); errno != 0 {
		return errno
	}
	if errno := enterRoot(o); errno != 0 {
		return errno
	}
	if errno := chdir("/\x00"); errno != 0 {
		return errno
	}
	if o.mount != 0 {
		if errno := mount("\x00", "/\x00", "\x00", uintptr(o.mount)); errno != 0 {
			return errno
		}
	}
	for _, fd := range [...]int{r.root, r.tmpfs, r.held} {
		if fd == 0 { // there is none
			continue
		}
		if errno := closeFD(fd); errno != 0 {
			return errno
		}
	}
	return 0
}

// enterRoot makes the working directory the root.
func enterRoot(o *operation) syscall.Errno {
	if o.asked(wire.FlagMoveRoot) {
		return moveRoot()
	}
	dot := pointerTo(".\x00")
	if o.asked(wire.FlagChroot) {
		_, _, errno := syscall.RawSyscall(unix.SYS_CHROOT, dot, 0, 0)
		return errno
	}
	if _, _, errno := syscall.RawSyscall(unix.SYS_PIVOT_ROOT, dot, dot, 0); errno != 0 {
		return errno
	}
	_, _, errno := syscall.RawSyscall(unix.SYS_UMOUNT2, dot, unix.MNT_DETACH, 0)
	return errno
}

// moveRoot is for where the host's root is no mount that the kernel takes away, as in an
// initramfs. It stays below the container's, but for its /proc and /sys: with these in the mount
// namespace, root of a user namespace below the container's could mount new ones, which are bare of
// what covers the container's own (mount_too_revealing in fs/namespace.c).
func moveRoot() syscall.Errno {
	if errno := removeMount("/proc\x00"); errno != 0 {
		return errno
	}
	if errno := removeMount("/sys\x00"); errno != 0 {
		return errno
	}
	if errno := mount(".\x00", "/\x00", "\x00", unix.MS_MOVE); errno != 0 {
		return errno
	}
	_, _, errno := syscall.RawSyscall(unix.SYS_CHROOT, pointerTo(".\x00"), 0, 0)
	return errno
}

// removeMount takes away what is mounted at a path, or covers it where it came from another user
// namespace, which has locked it (mount_namespaces(7)).
func removeMount(path string) syscall.Errno {
	_, _, errno := syscall.RawSyscall(unix.SYS_UMOUNT2, pointerTo(path), unix.MNT_DETACH, 0)
	if errno == unix.EINVAL || errno == unix.EPERM {
		errno = mount("tmpfs\x00", path, "tmpfs\x00", unix.MS_RDONLY)
	}
	if errno == unix.ENOENT {
		return 0
	}
	return errno
}
