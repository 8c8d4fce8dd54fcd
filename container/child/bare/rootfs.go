package bare

import (
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// rootFS is the container's root file system on its way.
type rootFS struct {
	operations []byte // what is left of them in the message
	root       int    // a descriptor of the new root, once there is one
	tmpfs      int    // the like of the tmpfs
	console    console
	text       *[maxWalk]byte // for openByHand and copyUp
	copies     *[maxDepth]copied
	paths      *[2][unix.PathMax]byte // for behindLink
	held       int                    // the like of what the last OpHold holds
	heldPath   int                    // how long the path of that is
	failed     string                 // what an operation failed at, if it is not its path

	early       [wire.MaxEarly]int // what is open already, in the order of the operations
	opened      int                // of early
	earlyMounts int                // of these, mounted
	options     modeBuffer         // of the tmpfs that is being mounted
	covering    bool               // the tmpfs is mounted over the root
}

// operation is a wire.Operation as it lies in the message. Every string has a NUL
// byte behind it.
type operation struct {
	kind                       string
	flags, mount, mode, device uint64
	attributes                 wire.Attributes
	path, source, fstype, data string
}

// asked reports whether all of the flags are set.
func (o *operation) asked(flags uint64) bool { return o.flags&flags == flags }

// makeRootFS applies the operations that the parent has computed, in their order.
func (i *Init) makeRootFS() (string, syscall.Errno) {
	if len(i.config.operations) == 0 {
		return hosts, 0
	}
	i.rootFS.operations = i.config.operations
	i.rootFS.console = i.config.console
	i.rootFS.text, i.rootFS.copies, i.rootFS.paths = &i.memory.walk, &i.memory.copies, &i.memory.paths
	i.rootFS.console.lead = !i.config.reaper
	before, _, errno := syscall.RawSyscall(unix.SYS_UMASK, 0, 0, 0)
	if errno != 0 {
		return "umask", errno
	}
	if operand, errno := i.applyOperations(); errno != 0 {
		return operand, errno
	}
	_, _, errno = syscall.RawSyscall(unix.SYS_UMASK, before, 0, 0)
	return "/", errno
}

func (i *Init) applyOperations() (string, syscall.Errno) {
	instead := false // the next operation is for the last
	for len(i.rootFS.operations) > 0 {
		var o operation
		if !i.rootFS.next(&o) {
			return "operation", unix.EPROTO
		}
		if o.asked(wire.FlagElse) && !instead {
			continue
		}
		i.rootFS.failed = ""
		if o.kind == wire.OpHooks {
			if errno := i.awaitHooks(); errno != 0 {
				return "the hooks", errno
			}
			continue
		}
		errno := i.rootFS.apply(&o)
		instead = o.asked(wire.FlagOrElse) && (errno == unix.EPERM || errno == unix.EBUSY)
		if errno != 0 && !instead && !o.mayFailWith(errno) {
			if i.rootFS.failed != "" {
				return i.rootFS.failed, errno
			}
			return o.operand(), errno
		}
	}
	return "/", 0
}

// mayFailWith reports whether the operation is one that is left out where its file is
// missing and cannot be made.
func (o *operation) mayFailWith(errno syscall.Errno) bool {
	if !o.asked(wire.FlagIfThere) {
		return false
	}
	switch errno {
	case unix.ENOENT, unix.ENOTDIR:
		return true
	case unix.EROFS, unix.EACCES, unix.EPERM, unix.EEXIST:
		return o.asked(wire.FlagMake)
	}
	return false
}

// operand is what an error about the operation names.
func (o *operation) operand() string {
	if o.path == "" {
		return o.source
	}
	return o.path
}

// next takes the next operation out of the message.
func (r *rootFS) next(o *operation) (ok bool) {
	key, value, rest, ok := wire.NextField(r.operations)
	if !ok || string(key) != wire.KeyOperation || !o.parseHead(text(unsafe.SliceData(value))) {
		return false
	}
	for {
		r.operations = rest
		if key, value, rest, ok = wire.NextField(r.operations); !ok {
			return len(r.operations) == 0
		}
		field := text(unsafe.SliceData(value))
		switch string(key) {
		case wire.KeyAttributes:
			if !o.parseAttributes(field) {
				return false
			}
		case wire.KeyPath:
			o.path = field
		case wire.KeySource:
			o.source = field
		case wire.KeyType:
			o.fstype = field
		case wire.KeyData:
			o.data = field
		default:
			if string(key) != wire.KeyOperation {
				r.operations = nil // they are all in one place
			}
			return true
		}
	}
}

// parseHead reads the kind and the numbers.
func (o *operation) parseHead(head string) (ok bool) {
	space := strings.IndexByte(head, ' ')
	if space < 0 {
		return false
	}
	o.kind, head = head[:space], head[space+1:]
	for _, number := range [...]*uint64{&o.flags, &o.mount, &o.mode, &o.device} {
		if *number, head, ok = cutNumber(head); !ok {
			return false
		}
	}
	o.path, o.source, o.fstype, o.data = text(empty()), text(empty()), text(empty()), text(empty())
	return head == ""
}

func (o *operation) parseAttributes(sets string) (ok bool) {
	a := &o.attributes
	for _, number := range [...]*uint64{&a.Set, &a.Clear, &a.SetBelow, &a.ClearBelow} {
		if *number, sets, ok = cutNumber(sets); !ok {
			return false
		}
	}
	return sets == ""
}

// empty is an empty string as the kernel takes it.
func empty() *byte { return unsafe.StringData("\x00") }

// apply does one operation.
func (r *rootFS) apply(o *operation) syscall.Errno {
	switch o.kind {
	case wire.OpTmpfs:
		return r.makeTmpfs(o)
	case wire.OpRoot:
		return r.bindRoot(o)
	case wire.OpRootMount:
		return r.mountRoot(o)
	case wire.OpMount:
		return r.mountAt(o)
	case wire.OpBind:
		return r.bindAt(o)
	case wire.OpHold:
		return r.hold(o)
	case wire.OpRemount:
		return r.change(o)
	case wire.OpReadOnly:
		return r.makeReadOnly(o)
	case wire.OpMask:
		return r.mask(o)
	case wire.OpDirectory, wire.OpFile, wire.OpNode, wire.OpSymlink:
		return r.makeFile(o)
	case wire.OpConsole:
		return r.openConsole(o)
	case wire.OpSysctl:
		return writeFile(o.path, o.data)
	case wire.OpSealRoot:
		return r.sealRoot(o)
	case wire.OpPivot:
		return r.pivot(o)
	}
	return unix.ENOTSUP
}

// sealRoot sets flags of the root's own mount.
func (r *rootFS) sealRoot(o *operation) syscall.Errno {
	errno := setAttributes(r.root, o.mount, 0)
	if lacks(errno) {
		return remount(r.root, o.mount, 0)
	}
	return errno
}

// change is OpRemount.
func (r *rootFS) change(o *operation) syscall.Errno {
	base, path := r.where(o)
	fd, errno := r.open(base, path, o.asked(wire.FlagNoLinks))
	if errno != 0 {
		return errno
	}
	if errno = isOn(fd, o.device); errno == 0 && !o.asked(wire.FlagSuperblock) {
		errno = isSame(fd, o.data)
	}
	if errno != 0 {
		return errno
	}
	if o.asked(wire.FlagSuperblock) {
		if errno = fchdir(fd); errno == 0 {
			errno = mountData(o.source, ".\x00", o.fstype, uintptr(o.mount|unix.MS_REMOUNT), o.data)
		}
	} else if errno = setTreeAttributes(fd, o); lacks(errno) {
		errno = changeByPath(fd, o)
	}
	if closing := closeFD(fd); errno == 0 {
		errno = closing
	}
	return errno
}

// where is the operation's path, and the directory below which it is.
func (r *rootFS) where(o *operation) (base int, path string) {
	switch {
	case o.asked(wire.FlagInTmpfs):
		return r.tmpfs, o.path
	case o.asked(wire.FlagInHeld) && len(o.path) <= r.heldPath:
		return r.held, text(unsafe.StringData("/\x00"))
	case o.asked(wire.FlagInHeld):
		return r.held, o.path[r.heldPath:]
	}
	return r.root, o.path
}

// hold opens what has been mounted at a path, and makes sure of it: who shares the root
// with the container may have moved that directory away and made another.
func (r *rootFS) hold(o *operation) syscall.Errno {
	fd, errno := r.open(r.root, o.path, o.data == "")
	if errno != 0 {
		return errno
	}
	if errno = isOn(fd, o.device); errno == 0 {
		errno = isSame(fd, o.data)
	}
	if errno == 0 && r.heldPath > 0 {
		errno = closeFD(r.held)
	}
	r.held, r.heldPath = fd, len(o.path)
	return errno
}

// isOn makes sure of the file system that an open file is on, by its magic number; 0 is any.
func isOn(fd int, magic uint64) syscall.Errno {
	if magic == 0 {
		return 0
	}
	var status unix.Statfs_t
	errno := fstatfs(fd, &status)
	if errno == 0 && uint64(status.Type) != magic {
		errno = unix.EXDEV
	}
	return errno
}

// isSame makes sure that an open file is the one that a device and an inode tell; "" is any.
func isSame(fd int, file string) syscall.Errno {
	if file == "" {
		return 0
	}
	device, rest, ok := cutNumber(file)
	inode, _, hasInode := cutNumber(rest)
	if !ok || !hasInode {
		return unix.EPROTO
	}
	var status unix.Stat_t
	_, _, errno := syscall.RawSyscall(unix.SYS_FSTAT, uintptr(fd), uintptr(unsafe.Pointer(&status)), 0)
	if errno == 0 && (uint64(status.Dev) != device || status.Ino != inode) { //nolint:unconvert // 32 bits on some
		errno = unix.EXDEV
	}
	return errno
}

func closeBoth(first, second int) syscall.Errno {
	errno := closeFD(first)
	if closing := closeFD(second); errno == 0 {
		errno = closing
	}
	return errno
}
