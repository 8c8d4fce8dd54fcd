package bare

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// Birth is how a thread starts an init process. The thread may be one that the Go
// runtime knows nothing of, while the runtime runs: so nothing here stores a
// pointer, of which the garbage collector would have to be told, and all signals
// stay blocked until init is executed, for their handlers are those of mydocker.
type Birth struct {
	Doors    []Door                 // the v1 cgroups to be born in
	Flags    uintptr                // CLONE_NEW... of clone(2)
	Cgroup   int                    // a descriptor of the v2 cgroup to be born in, or -1
	Files    [wire.StatusFD + 1]int // what become init's descriptors from 0 on
	Terminal bool                   // makes stdout the controlling terminal
	NoFile   unix.Rlimit            // its RLIMIT_NOFILE; the runtime raises mydocker's

	Pid    int           // of init
	Errno  syscall.Errno // why there is none, or the thread did not get home
	inside int           // the number of doors behind the thread
}

// Door is the way of a single thread into a v1 cgroup, and home: the "tasks" files
// of the cgroup, of where the thread comes from, and of the top of the hierarchy,
// should that be gone. Their names end with a NUL byte.
type Door struct{ Tasks, Home, Top string }

// Enter takes the calling thread into the cgroups. If that fails, Behind says at
// which door.
func (b *Birth) Enter() bool {
	for b.inside < len(b.Doors) {
		if b.Errno = writeFile(b.Doors[b.inside].Tasks, "0"); b.Errno != 0 {
			return false
		}
		b.inside++
	}
	return true
}

// Leave takes it home from those that it has entered, as far as it can.
func (b *Birth) Leave() {
	for n := b.inside - 1; n >= 0; n-- {
		errno := writeFile(b.Doors[n].Home, "0")
		if errno != 0 {
			errno = writeFile(b.Doors[n].Top, "0")
		}
		if b.Errno == 0 {
			b.Errno = errno
		}
	}
}

// Behind is the number of doors that Enter has come through.
func (b *Birth) Behind() int { return b.inside }

// CloneArgs is the struct clone_args of clone3(2).
type CloneArgs struct {
	Flags, PIDFD, ChildTID, ParentTID, ExitSignal, Stack, StackSize, TLS, SetTID, SetTIDSize, Cgroup uint64
}

// Sharing are the flags of a clone whose child works in the memory of its parent,
// which waits for it to execute init, or end.
const Sharing = unix.CLONE_VM | unix.CLONE_VFORK

// IntoCgroup are the arguments for a child that is born in the v2 cgroup (Linux
// 5.7) and works on stack.
func (b *Birth) IntoCgroup(stack []byte) CloneArgs {
	return CloneArgs{
		Flags:      Sharing | unix.CLONE_INTO_CGROUP | uint64(b.Flags),
		ExitSignal: uint64(unix.SIGCHLD),
		Stack:      uint64(uintptr(unsafe.Pointer(unsafe.SliceData(stack)))),
		StackSize:  uint64(len(stack)),
		Cgroup:     uint64(b.Cgroup),
	}
}

// Cloned takes what clone returned to the parent: a pid or a negative errno.
func (b *Birth) Cloned(pid int) {
	switch {
	case pid < 0:
		b.Errno = syscall.Errno(-pid)
	case b.Errno != 0:
		awaitEnd(pid)
	default:
		b.Pid = pid
	}
}

// Environ is the environment of init; the command's comes over the pipe. A runtime,
// should init need it after all, needs but one thread.
const Environ = "GOMAXPROCS=1"

// BecomeInit is what the child does: it executes init. If it returns, Errno says why.
func (b *Birth) BecomeInit() {
	if b.Errno = b.prepare(); b.Errno != 0 {
		return
	}
	args := [...]uintptr{pointerTo("mydocker\x00"), pointerTo("init\x00"), 0}
	env := [...]uintptr{pointerTo(Environ + "\x00"), 0}
	b.Errno = execve(unsafe.StringData("/proc/self/exe\x00"), args[:], env[:])
}

func (b *Birth) prepare() syscall.Errno {
	// Sent when the thread that cloned it ends. If it has ended already, the pipe
	// that init reads is closed.
	if errno := prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL)); errno != 0 {
		return errno
	}
	if _, _, errno := syscall.RawSyscall(unix.SYS_SETSID, 0, 0, 0); errno != 0 {
		return errno
	}
	if errno := b.takeFiles(); errno != 0 {
		return errno
	}
	if b.Terminal {
		if _, _, errno := syscall.RawSyscall(unix.SYS_IOCTL, 1, unix.TIOCSCTTY, 1); errno != 0 {
			return errno
		}
	}
	limit := uintptr(unsafe.Pointer(&b.NoFile))
	_, _, errno := syscall.RawSyscall6(unix.SYS_PRLIMIT64, 0, unix.RLIMIT_NOFILE, limit, 0, 0, 0)
	return errno
}

// takeFiles puts Files in their places, those first out of the way that are in the
// place of another.
func (b *Birth) takeFiles() syscall.Errno {
	const end = wire.StatusFD + 1
	files := b.Files
	for n := range files {
		if fd := files[n]; fd < end && fd != n {
			moved, _, errno := syscall.RawSyscall(unix.SYS_FCNTL, uintptr(fd), unix.F_DUPFD_CLOEXEC, end)
			if errno != 0 {
				return errno
			}
			files[n] = int(moved)
		}
	}
	for n := range files {
		call, first, second, third := uintptr(unix.SYS_DUP3), uintptr(files[n]), uintptr(n), uintptr(0)
		if files[n] == n {
			call, first, second = unix.SYS_FCNTL, uintptr(n), unix.F_SETFD // not close-on-exec
		}
		if _, _, errno := syscall.RawSyscall(call, first, second, third); errno != 0 {
			return errno
		}
	}
	return 0
}
