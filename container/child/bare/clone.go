package bare

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// InitClone is how a thread starts an init process. The thread may be one that the Go
// runtime knows nothing of, while the runtime runs: so nothing here stores a
// pointer, of which the garbage collector would have to be told, and all signals
// stay blocked until init is executed, for their handlers are those of mydocker.
type InitClone struct {
	Migrations []Migration // into the v1 cgroups to begin in
	Flags      uintptr     // CLONE_NEW... of clone(2)
	Cgroup     int         // a descriptor of the v2 cgroup to begin in, or -1
	Files      []int       // what become init's descriptors from 0 on, -1 where there is none
	PIDs       int         // a descriptor of the PID namespace to begin in, or 0
	OwnPIDs    int         // one of the thread's own, to get back to, if so
	Terminal   bool        // makes stdout the controlling terminal
	NoFile     unix.Rlimit // its RLIMIT_NOFILE; the runtime raises mydocker's
	Program    string      // the path of mydocker, to be executed read-only; "" is as it is
	Copy       string      // the path of a copy of mydocker, to be executed in its place, or ""

	Pid    int           // of init
	Errno  syscall.Errno // why there is none, or the thread did not get back
	inside int           // the number of migrations that the thread has made
	away   bool          // its children begin in PIDs
}

// Migration takes a single thread into a v1 cgroup, and back: the "tasks" files of the
// cgroup, of where the thread comes from, and of the hierarchy's root, should that be
// gone. Their names end with a NUL byte.
type Migration struct{ Target, Origin, Root string }

// Enter takes the calling thread into the cgroups. If that fails, Migrated says at
// which migration.
func (b *InitClone) Enter() bool {
	for b.inside < len(b.Migrations) {
		if b.Errno = writeFile(b.Migrations[b.inside].Target, "0"); b.Errno != 0 {
			return false
		}
		b.inside++
	}
	if b.PIDs != 0 {
		_, _, b.Errno = syscall.RawSyscall(unix.SYS_SETNS, uintptr(b.PIDs), unix.CLONE_NEWPID, 0)
		b.away = b.Errno == 0
	}
	return b.Errno == 0
}

// Leave takes it back from those that it has entered, as far as it can. Root of a user namespace may
// not come back to a PID namespace of the host (EPERM), which counts for its children alone: it
// has no others but for that container.
func (b *InitClone) Leave() {
	if b.away {
		_, _, errno := syscall.RawSyscall(unix.SYS_SETNS, uintptr(b.OwnPIDs), unix.CLONE_NEWPID, 0)
		if b.away = false; b.Errno == 0 && errno != unix.EPERM {
			b.Errno = errno
		}
	}
	for n := b.inside - 1; n >= 0; n-- {
		errno := writeFile(b.Migrations[n].Origin, "0")
		if errno != 0 {
			errno = writeFile(b.Migrations[n].Root, "0")
		}
		if b.Errno == 0 {
			b.Errno = errno
		}
	}
}

// Migrated is the number of migrations that Enter has made.
func (b *InitClone) Migrated() int { return b.inside }

// CloneArgs is the struct clone_args of clone3(2).
type CloneArgs struct {
	Flags, PIDFD, ChildTID, ParentTID, ExitSignal, Stack, StackSize, TLS, SetTID, SetTIDSize, Cgroup uint64
}

// Sharing are the flags of a clone whose child works in the memory of its parent,
// which waits for it to execute init, or end.
const Sharing = unix.CLONE_VM | unix.CLONE_VFORK

// IntoCgroup are the arguments for a child that is born in the v2 cgroup (Linux
// 5.7) and works on stack.
func (b *InitClone) IntoCgroup(stack []byte) CloneArgs {
	return CloneArgs{
		Flags:      Sharing | unix.CLONE_INTO_CGROUP | uint64(b.Flags),
		ExitSignal: uint64(unix.SIGCHLD),
		Stack:      uint64(uintptr(unsafe.Pointer(unsafe.SliceData(stack)))),
		StackSize:  uint64(len(stack)),
		Cgroup:     uint64(b.Cgroup),
	}
}

// Cloned takes what clone returned to the parent: a pid or a negative errno.
func (b *InitClone) Cloned(pid int) {
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
func (b *InitClone) BecomeInit() {
	if b.Errno = b.prepare(); b.Errno != 0 {
		return
	}
	if b.Program != "" {
		b.Errno = executeProtected(unsafe.StringData(b.Program))
		return
	}
	program := "/proc/self/exe\x00"
	if b.Copy != "" {
		program = b.Copy
	}
	b.Errno = executeInit(unsafe.StringData(program))
}

func executeInit(program *byte) syscall.Errno {
	args, env := initWords()
	return execve(program, args[:], env[:])
}

// initWords are init's arguments and environment.
func initWords() (args [3]uintptr, env [2]uintptr) {
	return [...]uintptr{pointerTo("mydocker\x00"), pointerTo("init\x00"), 0}, [...]uintptr{pointerTo(Environ + "\x00"), 0}
}

func (b *InitClone) prepare() syscall.Errno {
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
	return setNoFile(&b.NoFile)
}

// takeFiles puts Files in their places, those first out of the way that are in the
// place of another.
func (b *InitClone) takeFiles() syscall.Errno {
	var all [wire.FirstFile + wire.MaxFiles]int
	files := all[:min(len(b.Files), len(all))]
	for n := range files {
		files[n] = b.Files[n]
	}
	end := len(files)
	for n := range files {
		if fd := files[n]; fd >= 0 && fd < end && fd != n {
			moved, _, errno := syscall.RawSyscall(unix.SYS_FCNTL, uintptr(fd), unix.F_DUPFD_CLOEXEC, uintptr(end))
			if errno != 0 {
				return errno
			}
			files[n] = int(moved)
		}
	}
	for n := range files {
		if files[n] < 0 {
			continue
		}
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
