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
func (r *rootFS) attachByPath(source, target int, o *operation) syscall.Errno {
	below := o.flags&(wire.FlagReadOnlyBelow|wire.FlagNoDevicesBelow) != 0 || o.attributes.SetBelow|o.attributes.ClearBelow != 0
	if o.asked(wire.FlagRecursive) && below {
		return unix.ENOSYS
	}
	var from, to fdPath
	flags := uintptr(unix.MS_BIND)
	if o.asked(wire.FlagRecursive) {
		flags |= unix.MS_REC
	}
	errno := mount(from.of(source), to.of(target), "\x00", flags)
	if errno != 0 || o.mount == 0 && o.attributes == (wire.Attributes{}) {
		return errno
	}
	// From here on it can be written, until its flags are set. A path that is missing now
	// was moved away by somebody else, and is no reason to leave it so.
	o.flags &^= wire.FlagIfThere
	top, errno := r.openCover(source, o)
	if errno != 0 {
		return errno
	}
	errno = changeByPath(top, o)
	if closing := closeFD(top); errno == 0 {
		errno = closing
	}
	return errno
}

// changeByPath is setTreeAttributes by mount(2), of what is mounted.
func changeByPath(top int, o *operation) syscall.Errno {
	a := &o.attributes
	set := o.mount&sharedFlags | bindFlags(a.Set|a.SetBelow)
	if cleared := bindFlags(a.Clear | a.ClearBelow); set|cleared != 0 {
		if errno := remount(top, set, cleared); errno != 0 {
			return errno
		}
	}
	if o.mount&propagations == 0 {
		return 0
	}
	var path fdPath
	return mount("\x00", path.of(top), "\x00", uintptr(o.mount&(propagations|unix.MS_REC)))
}

// bindFlags are the flags of mount(2) for those of mount_setattr(2).
func bindFlags(attributes uint64) (flags uint64) {
	flags = attributes & sharedFlags
	for _, f := range [...]struct{ attribute, flag uint64 }{
		{unix.MOUNT_ATTR_NOATIME, unix.MS_NOATIME}, {unix.MOUNT_ATTR_STRICTATIME, unix.MS_STRICTATIME},
		{unix.MOUNT_ATTR_NODIRATIME, unix.MS_NODIRATIME}, {unix.MOUNT_ATTR_NOSYMFOLLOW, unix.MS_NOSYMFOLLOW},
	} {
		if attributes&f.attribute != 0 {
			flags |= f.flag
		}
	}
	return flags
}

// openCover opens what has just been mounted at the operation's path. The descriptor of
// the target is of what is covered now, so it is looked up once more, and has to be the
// source: somebody else may have put another file there.
func (r *rootFS) openCover(source int, o *operation) (int, syscall.Errno) {
	base, path := r.where(o)
	var top int
	var errno syscall.Errno
	switch {
	case o.asked(wire.FlagInPlace):
		top, errno = openSource(o.source)
	case o.kind == wire.OpRoot: // below which all other paths are
		top, errno = openTop()
	default:
		top, errno = r.open(base, path, o.asked(wire.FlagNoLinks))
	}
	if errno != 0 {
		return 0, errno
	}
	var found, wanted unix.Stat_t
	_, _, errno = syscall.RawSyscall(unix.SYS_FSTAT, uintptr(top), uintptr(unsafe.Pointer(&found)), 0)
	if errno == 0 {
		_, _, errno = syscall.RawSyscall(unix.SYS_FSTAT, uintptr(source), uintptr(unsafe.Pointer(&wanted)), 0)
	}
	if errno == 0 && (found.Dev != wanted.Dev || found.Ino != wanted.Ino) {
		errno = unix.EXDEV
	}
	return top, errno
}

// remount sets and clears flags of a mount and keeps the others that it has: in a user namespace
// they are locked.
func remount(fd int, flags, cleared uint64) syscall.Errno {
	var status unix.Statfs_t
	errno := fstatfs(fd, &status)
	if errno != 0 {
		return errno
	}
	// Of these, statfs(2) and mount(2) share the values.
	const shared = unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC | unix.MS_NOATIME | unix.MS_NODIRATIME
	flags |= uint64(status.Flags) & shared &^ cleared
	var path fdPath
	return mount("\x00", path.of(fd), "\x00", uintptr(flags|unix.MS_REMOUNT|unix.MS_BIND))
}

// The bounds of a path that walk looks up: of all links together, and of the directories
// that are open at a time.
const (
	maxWalk  = 2 * unix.PathMax
	maxDepth = 64
	maxLinks = 40 // as in the kernel (path_resolution(7))
)

// walk is a path that is looked up name by name. What is left of it is at the end of text,
// before a NUL byte, so that a link's text goes before it.
type walk struct {
	text  *[maxWalk]byte
	left  int           // where what is left begins
	open  [maxDepth]int // the directories on the way, of which the first is not walk's
	depth int           // how many of them there are
	links int           // that were followed
}

// openByHand is openat2 with RESOLVE_IN_ROOT, or with RESOLVE_NO_SYMLINKS as well. It reads
// the links of /proc that lead anywhere as any other: so their text stays below base.
func (r *rootFS) openByHand(base int, path string, noLinks bool) (int, syscall.Errno) {
	w := walk{text: r.text, left: maxWalk - 1, depth: 1}
	w.open[0] = base
	w.text[maxWalk-1] = 0
	errno := w.prepend(path)
	for errno == 0 && w.text[w.left] != 0 {
		errno = w.step(noLinks)
	}
	last := w.open[w.depth-1]
	if errno == 0 && w.depth == 1 { // it is base itself, which is to stay open
		last, errno = openBelow(base, ".\x00", unix.O_DIRECTORY)
		w.depth++
	}
	for n := 1; n < w.depth; n++ {
		if n == w.depth-1 && errno == 0 {
			continue
		}
		if closing := closeFD(w.open[n]); errno == 0 {
			errno = closing
		}
	}
	return last, errno
}

// prepend puts a path before what is left.
func (w *walk) prepend(path string) syscall.Errno {
	if len(path)+1 > w.left {
		return unix.ENAMETOOLONG
	}
	w.left--
	w.text[w.left] = '/'
	w.left -= len(path)
	copy(w.text[w.left:], path)
	return 0
}

// step looks up the next name.
func (w *walk) step(noLinks bool) syscall.Errno {
	if w.text[w.left] == '/' {
		w.left++
		return 0
	}
	end := w.left
	for w.text[end] != '/' { // prepend has put one behind every path
		end++
	}
	w.text[end] = 0
	name := text(&w.text[w.left])
	w.left = end + 1
	if name == "." || name == ".." {
		return w.stay(name == "..")
	}
	fd, errno := openBelow(w.open[w.depth-1], name, unix.O_NOFOLLOW)
	if errno != 0 {
		return errno
	}
	kind, errno := typeOf(fd)
	switch {
	case errno != 0:
	case kind == unix.S_IFLNK && noLinks || w.depth == maxDepth:
		errno = unix.ELOOP
	case kind == unix.S_IFLNK:
		errno = w.follow(fd)
	default:
		w.open[w.depth] = fd
		w.depth++
		return 0
	}
	if closing := closeFD(fd); errno == 0 {
		errno = closing
	}
	return errno
}

// stay is a step to the directory itself, or up from it.
func (w *walk) stay(up bool) syscall.Errno {
	kind, errno := typeOf(w.open[w.depth-1])
	switch {
	case errno != 0:
		return errno
	case kind != unix.S_IFDIR:
		return unix.ENOTDIR
	case !up || w.depth == 1:
		return 0
	}
	w.depth--
	return closeFD(w.open[w.depth])
}

// follow puts the text of a link before what is left.
func (w *walk) follow(link int) syscall.Errno {
	if w.links++; w.links > maxLinks {
		return unix.ELOOP
	}
	n, _, errno := syscall.RawSyscall6(unix.SYS_READLINKAT, uintptr(link), pointerTo("\x00"), uintptr(unsafe.Pointer(w.text)), uintptr(w.left), 0, 0)
	if errno != 0 {
		return errno
	}
	if n == 0 {
		return unix.ENOENT
	}
	absolute := w.text[0] == '/'
	if errno = w.prepend(unsafe.String(&w.text[0], int(n))); errno != 0 {
		return errno
	}
	for absolute && w.depth > 1 && errno == 0 {
		w.depth--
		errno = closeFD(w.open[w.depth])
	}
	return errno
}
