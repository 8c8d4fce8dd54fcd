package bare

import (
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// target opens the operation's path, and makes it first if that is asked for: a
// directory or an empty file, by the type of what is to be mounted there.
func (r *rootFS) target(o *operation, kind uint32) (int, syscall.Errno) {
	base, path := r.where(o)
	noLinks := o.asked(wire.FlagNoLinks)
	fd, errno := r.open(base, path, noLinks)
	if errno == unix.ENOENT && o.asked(wire.FlagMake) {
		if errno := r.makePath(base, path, kind, noLinks); errno != 0 {
			return 0, errno
		}
		fd, errno = r.open(base, path, noLinks)
	}
	if errno == 0 && o.asked(wire.FlagVolume) {
		errno = r.checkTarget(o, fd, kind)
	}
	return fd, errno
}

// open opens a path below base, where every link stays: "/run" in a link is base's,
// and ".." ends at base. A link of /proc that leads anywhere (/proc/self/root) is
// refused.
func (r *rootFS) open(base int, path string, noLinks bool) (int, syscall.Errno) {
	const tries = 128 // EAGAIN: somebody renames what is looked up (openat2(2))
	resolve := uint64(unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS)
	if noLinks {
		resolve |= unix.RESOLVE_NO_SYMLINKS
	}
	var fd int
	errno := unix.EAGAIN
	for n := 0; n < tries && errno == unix.EAGAIN; n++ {
		fd, errno = openat2(base, path, unix.O_PATH, resolve)
	}
	if !lacks(errno) {
		return fd, errno
	}
	return r.openByHand(base, path, noLinks)
}

// makePath makes a path below base and the directories that lead to it. A link to what is not
// there is followed as any other: images have such files in /etc.
func (r *rootFS) makePath(base int, path string, kind uint32, noLinks bool) syscall.Errno {
	end, errno := r.makeComponents(base, path, kind, noLinks)
	for links := 0; errno == unix.EEXIST && !noLinks && links < maxLinks; links++ {
		if path, errno = r.behindLink(base, path, end, links%2); errno == 0 {
			end, errno = r.makeComponents(base, path, kind, noLinks)
		}
	}
	return errno
}

// makeComponents makes what is missing of a path, or tells where that ends which it cannot make.
func (r *rootFS) makeComponents(base int, path string, kind uint32, noLinks bool) (end int, errno syscall.Errno) {
	for end = 1; end <= len(path); end++ {
		if end < len(path) && path[end] != '/' {
			continue
		}
		made := uint32(unix.S_IFDIR | 0o755)
		if end == len(path) && kind != unix.S_IFDIR {
			made = unix.S_IFREG | 0o644
		}
		behind := cut(path, end)
		errno = r.makeOne(base, path[:end], made, noLinks)
		join(path, end, behind)
		if errno != 0 {
			break
		}
	}
	return end, errno
}

// behindLink is a path with a link that ends at end replaced by its text, in buffer number n.
func (r *rootFS) behindLink(base int, path string, end, n int) (string, syscall.Errno) {
	buffer := &r.paths[n]
	slash := strings.LastIndexByte(path[:end], '/') + 1
	if len(path) >= len(buffer) {
		return path, unix.ENAMETOOLONG
	}
	behind := cut(path, end)
	parent, name, errno := r.openParent(base, path[:end], false)
	if errno != 0 {
		join(path, end, behind)
		return path, errno
	}
	used := copy(buffer[:], path[:slash])
	length, _, errno := syscall.RawSyscall6(unix.SYS_READLINKAT, uintptr(parent), name,
		uintptr(unsafe.Pointer(&buffer[used])), uintptr(len(buffer)-used), 0, 0)
	join(path, end, behind)
	if closing := closeFD(parent); errno == 0 {
		errno = closing
	}
	if errno == unix.EINVAL { // it is no link, but was made meanwhile
		errno = unix.EEXIST
	}
	if errno != 0 {
		return path, errno
	}
	if buffer[used] == '/' {
		copy(buffer[:], buffer[used:used+int(length)])
		used = 0
	}
	used += int(length)
	if used+len(path)-end >= len(buffer) {
		return path, unix.ENAMETOOLONG
	}
	used += copy(buffer[used:], path[end:])
	buffer[used] = 0
	return unsafe.String(&buffer[0], used), 0
}

// cut ends a path of the message, which is the process's own memory, at a byte for as
// long as the kernel looks at it; join puts back what was there.
func cut(path string, end int) (behind byte) {
	at := (*byte)(unsafe.Add(unsafe.Pointer(unsafe.StringData(path)), end))
	if behind = *at; behind != 0 { // a constant has it already, and cannot be written
		*at = 0
	}
	return behind
}

func join(path string, end int, behind byte) {
	if behind != 0 {
		*(*byte)(unsafe.Add(unsafe.Pointer(unsafe.StringData(path)), end)) = behind
	}
}

// makeOne makes a file or directory, unless there is one.
func (r *rootFS) makeOne(base int, path string, mode uint32, noLinks bool) syscall.Errno {
	fd, errno := r.open(base, path, noLinks)
	if errno == 0 {
		return closeFD(fd)
	}
	if errno != unix.ENOENT {
		return errno
	}
	parent, name, errno := r.openParent(base, path, noLinks)
	if errno != 0 {
		return errno
	}
	if mode&unix.S_IFMT == unix.S_IFDIR {
		_, _, errno = syscall.RawSyscall(unix.SYS_MKDIRAT, uintptr(parent), name, uintptr(mode)&^unix.S_IFMT)
	} else {
		_, _, errno = syscall.RawSyscall6(unix.SYS_MKNODAT, uintptr(parent), name, uintptr(mode), 0, 0, 0)
	}
	if closing := closeFD(parent); errno == 0 {
		errno = closing
	}
	return errno
}

// openParent opens the directory of a path, and returns the address of its last
// component.
func (r *rootFS) openParent(base int, path string, noLinks bool) (fd int, name uintptr, errno syscall.Errno) {
	slash := strings.LastIndexByte(path, '/')
	if slash < 0 {
		return 0, 0, unix.EINVAL
	}
	name = pointerTo(path) + uintptr(slash) + 1
	if slash == 0 {
		fd, errno = r.open(base, text(unsafe.StringData("/\x00")), noLinks)
		return fd, name, errno
	}
	behind := cut(path, slash)
	fd, errno = r.open(base, path[:slash], noLinks)
	join(path, slash, behind)
	return fd, name, errno
}

// makeFile makes a directory, a file, a device node or a link.
func (r *rootFS) makeFile(o *operation) syscall.Errno {
	if o.asked(wire.FlagInTmpfs) { // where nobody else can put a link
		return makeAt(r.tmpfs, pointerTo(o.path)+1, o)
	}
	base, path := r.where(o)
	if o.kind == wire.OpDirectory && o.asked(wire.FlagMake) {
		return r.makePath(base, path, unix.S_IFDIR, o.asked(wire.FlagNoLinks))
	}
	if strings.LastIndexByte(path, '/') == 0 {
		return makeAt(base, pointerTo(path)+1, o)
	}
	parent, name, errno := r.openParent(base, path, o.asked(wire.FlagNoLinks))
	if errno != 0 {
		return errno
	}
	errno = makeAt(parent, name, o)
	if closing := closeFD(parent); errno == 0 {
		errno = closing
	}
	return errno
}

// makeAt is makeFile in an open directory.
func makeAt(parent int, name uintptr, o *operation) (errno syscall.Errno) {
	switch o.kind {
	case wire.OpDirectory:
		_, _, errno = syscall.RawSyscall(unix.SYS_MKDIRAT, uintptr(parent), name, uintptr(o.mode))
		if errno == unix.EEXIST {
			errno = 0
		}
	case wire.OpFile:
		errno = makeContent(parent, name, o)
	case wire.OpNode:
		_, _, errno = syscall.RawSyscall6(unix.SYS_MKNODAT, uintptr(parent), name, uintptr(o.mode), uintptr(o.device), 0, 0)
		switch {
		case errno == 0 && o.data != "":
			errno = giveAway(parent, name, o.data)
		case errno == unix.EEXIST && isNode(parent, text(at(name)), o):
			errno = 0
		}
	case wire.OpSymlink:
		_, _, errno = syscall.RawSyscall(unix.SYS_SYMLINKAT, pointerTo(o.source), uintptr(parent), name)
		if errno == unix.EEXIST && o.asked(wire.FlagReplace) {
			if _, _, errno = syscall.RawSyscall(unix.SYS_UNLINKAT, uintptr(parent), name, 0); errno == 0 {
				_, _, errno = syscall.RawSyscall(unix.SYS_SYMLINKAT, pointerTo(o.source), uintptr(parent), name)
			}
		}
		if errno == unix.EEXIST && o.asked(wire.FlagIfThere) {
			errno = 0
		}
	}
	return errno
}

// isNode reports whether a name is the device already that the operation makes.
func isNode(parent int, name string, o *operation) bool {
	fd, errno := openBelow(parent, name, unix.O_NOFOLLOW)
	if errno != 0 {
		return false
	}
	var status unix.Stat_t
	_, _, errno = syscall.RawSyscall(unix.SYS_FSTAT, uintptr(fd), uintptr(unsafe.Pointer(&status)), 0)
	if closing := closeFD(fd); errno == 0 {
		errno = closing
	}
	return errno == 0 && isDevice(&status, o)
}

// giveAway gives a new file to a user and a group: two hexadecimal numbers, each followed
// by a space.
func giveAway(parent int, name uintptr, owners string) syscall.Errno {
	uid, rest, ok := cutNumber(owners)
	gid, _, hasGroup := cutNumber(rest)
	if !ok || !hasGroup {
		return unix.EPROTO
	}
	_, _, errno := syscall.RawSyscall6(unix.SYS_FCHOWNAT, uintptr(parent), name, uintptr(uid), uintptr(gid), unix.AT_SYMLINK_NOFOLLOW, 0)
	return errno
}

// makeContent makes a file that nobody has made before and writes to it.
func makeContent(parent int, name uintptr, o *operation) syscall.Errno {
	flags := uintptr(unix.O_WRONLY | unix.O_CREAT | unix.O_EXCL | unix.O_NOFOLLOW | unix.O_CLOEXEC)
	fd, _, errno := syscall.RawSyscall6(unix.SYS_OPENAT, uintptr(parent), name, flags, uintptr(o.mode), 0, 0)
	if errno != 0 {
		return errno
	}
	for rest := o.data; len(rest) > 0 && errno == 0; {
		var n uintptr
		if n, _, errno = syscall.RawSyscall(unix.SYS_WRITE, fd, pointerTo(rest), uintptr(len(rest))); errno == 0 {
			rest = rest[n:]
		}
	}
	if closing := closeFD(int(fd)); errno == 0 {
		errno = closing
	}
	return errno
}
