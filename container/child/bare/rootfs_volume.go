package bare

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// openEarly opens the sources of the operations that need it before mounts become
// private: as copies of the host's mounts that take part in what is mounted there later.
func (i *Init) openEarly() (string, syscall.Errno) {
	i.rootFS.operations = i.config.operations
	for len(i.rootFS.operations) > 0 {
		var o operation
		if !i.rootFS.next(&o) {
			return "operation", unix.EPROTO
		}
		if !o.asked(wire.FlagEarly) {
			continue
		}
		if i.rootFS.opened == len(i.rootFS.early) {
			return o.source, unix.E2BIG
		}
		tree, errno := i.rootFS.cloneTree(&o)
		if errno != 0 {
			return o.source, errno
		}
		i.rootFS.early[i.rootFS.opened] = tree
		i.rootFS.opened++
	}
	return "/", 0
}

// cloneTree copies the mount on which the operation's source is, and what is mounted
// below it.
func (r *rootFS) cloneTree(o *operation) (int, syscall.Errno) {
	source, errno := r.openSource(o)
	if errno != 0 {
		return 0, errno
	}
	flags := uintptr(unix.OPEN_TREE_CLONE | unix.OPEN_TREE_CLOEXEC | unix.AT_EMPTY_PATH)
	if o.asked(wire.FlagRecursive) {
		flags |= unix.AT_RECURSIVE
	}
	tree, _, errno := syscall.RawSyscall(unix.SYS_OPEN_TREE, uintptr(source), pointerTo("\x00"), flags)
	if closing := closeFD(source); errno == 0 {
		errno = closing
	}
	return int(tree), errno
}

// bindEarly mounts what openEarly has opened.
func (r *rootFS) bindEarly(o *operation) syscall.Errno {
	if r.earlyMounts == r.opened {
		return unix.EPROTO
	}
	tree := r.early[r.earlyMounts]
	r.earlyMounts++
	if o.mount&propagations == 0 { // it was the host's before mounts became private
		o.mount |= unix.MS_PRIVATE | unix.MS_REC
	}
	return r.bindTree(tree, o)
}

// bindTree mounts a tree that is not attached yet at the operation's path.
func (r *rootFS) bindTree(tree int, o *operation) syscall.Errno {
	kind, errno := typeOf(tree)
	if errno != 0 {
		return errno
	}
	target, errno := r.target(o, kind)
	if errno != 0 {
		return errno
	}
	if errno = setTreeAttributes(tree, o); errno == 0 {
		errno = moveTree(tree, target)
	}
	if errno != 0 {
		return errno
	}
	return closeBoth(tree, target)
}

// checkTarget refuses what the user would not have asked for: a target of another type
// than what is mounted on it, and one that links in the root lead to the root itself or
// into /proc, which would show the command, and init, processes that are none
// (CVE-2019-16884).
func (r *rootFS) checkTarget(o *operation, fd int, kind uint32) syscall.Errno {
	var system unix.Statfs_t
	errno := fstatfs(fd, &system)
	if errno != 0 {
		return errno
	}
	if system.Type == unix.PROC_SUPER_MAGIC && !o.asked(wire.FlagNoLinks) {
		return unix.ELOOP
	}
	var root, target unix.Stat_t
	if _, _, errno = syscall.RawSyscall(unix.SYS_FSTAT, uintptr(r.root), uintptr(unsafe.Pointer(&root)), 0); errno != 0 {
		return errno
	}
	if _, _, errno = syscall.RawSyscall(unix.SYS_FSTAT, uintptr(fd), uintptr(unsafe.Pointer(&target)), 0); errno != 0 {
		return errno
	}
	isDirectory := target.Mode&unix.S_IFMT == unix.S_IFDIR
	switch {
	case target.Dev == root.Dev && target.Ino == root.Ino:
		return unix.ELOOP
	case kind == unix.S_IFDIR && !isDirectory:
		return unix.ENOTDIR
	case kind != unix.S_IFDIR && isDirectory:
		return unix.EISDIR
	}
	return 0
}

// modeBuffer holds the options of a tmpfs. What fits, the parent has checked.
type modeBuffer [wire.MaxTmpfsData + len(",mode=07777\x00")]byte

// keepMode adds the permissions of the directory that a tmpfs covers to its options.
// Where there is none the kernel's 1777 are.
func (r *rootFS) keepMode(o *operation) syscall.Errno {
	base, path := r.where(o)
	fd, errno := r.open(base, path, o.asked(wire.FlagNoLinks))
	if errno == unix.ENOENT {
		return 0
	}
	if errno != 0 {
		return errno
	}
	var status unix.Stat_t
	_, _, errno = syscall.RawSyscall(unix.SYS_FSTAT, uintptr(fd), uintptr(unsafe.Pointer(&status)), 0)
	if closing := closeFD(fd); errno == 0 {
		errno = closing
	}
	if errno != 0 {
		return errno
	}
	if len(o.data) > wire.MaxTmpfsData {
		return unix.E2BIG
	}
	buffer := &r.options
	used := copy(buffer[:], o.data)
	if used > 0 {
		buffer[used] = ','
		used++
	}
	used += copy(buffer[used:], "mode=")
	for shift := 9; shift >= 0; shift -= 3 {
		buffer[used] = '0' + byte(status.Mode>>shift&7)
		used++
	}
	buffer[used] = 0
	o.data = unsafe.String(&buffer[0], used)
	return 0
}
