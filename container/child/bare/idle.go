package bare

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// AwaitInput returns when there is something to read from one of the files, or the other end of one
// is closed.
func AwaitInput(files []unix.PollFd) {
	for {
		_, _, errno := syscall.RawSyscall6(unix.SYS_PPOLL, uintptr(unsafe.Pointer(unsafe.SliceData(files))), uintptr(len(files)), 0, 0, 0, 0)
		if errno != unix.EINTR {
			return
		}
	}
}

// GoOnAt has the process go on at that time, in nanoseconds of CLOCK_MONOTONIC, should somebody have
// stopped it: the kernel sends it SIGCONT then.
func GoOnAt(at int) syscall.Errno {
	event := struct { // a struct sigevent of timer_create(2)
		value          uintptr
		signal, notify int32
		_              [48]byte
	}{signal: int32(unix.SIGCONT)} // notify is SIGEV_SIGNAL
	var timer int32
	_, _, errno := syscall.RawSyscall(unix.SYS_TIMER_CREATE, unix.CLOCK_MONOTONIC, uintptr(unsafe.Pointer(&event)), uintptr(unsafe.Pointer(&timer)))
	if errno != 0 {
		return errno
	}
	const absolute = 1 // TIMER_ABSTIME
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(int64(at))}
	_, _, errno = syscall.RawSyscall6(unix.SYS_TIMER_SETTIME, uintptr(timer), absolute, uintptr(unsafe.Pointer(&spec)), 0, 0, 0)
	return errno
}

// SignalFile is a signalfd(2) for the signals of a set.
func SignalFile(set uint64) (int, syscall.Errno) {
	fd, _, errno := syscall.RawSyscall6(unix.SYS_SIGNALFD4, ^uintptr(0), uintptr(unsafe.Pointer(&set)), unsafe.Sizeof(set), unix.SFD_CLOEXEC, 0, 0)
	return int(fd), errno
}

// ChildHasEnded reports whether a child can be waited for.
func ChildHasEnded() bool {
	const all = 0      // P_ALL
	var info [32]int32 // a siginfo_t, which begins with the signal
	_, _, errno := syscall.RawSyscall6(unix.SYS_WAITID, all, 0, uintptr(unsafe.Pointer(&info)), unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, 0, 0)
	return errno != 0 || info[0] != 0
}

// NextCaught reads a signal that a handler has written to a pipe (entry.Catch); 0 is none.
func NextCaught(pipe int) syscall.Signal {
	var info [32]int32 // a siginfo_t
	n, errno := read(pipe, (*[unsafe.Sizeof(info)]byte)(unsafe.Pointer(&info))[:])
	if errno != 0 || n != int(unsafe.Sizeof(info)) {
		return 0
	}
	return syscall.Signal(info[0])
}

// Close closes a descriptor.
func Close(fd int) { closeFD(fd) } //nolint:errcheck // it is closed also where this fails

// Execution is what a process is to execute in its own place. The pointers end with NUL bytes and
// nil; who has made it keeps them alive.
type Execution struct {
	Program   *byte
	Args, Env []uintptr
	NoFile    unix.Rlimit // the RLIMIT_NOFILE that it begins with; the runtime raises mydocker's
}

// Do returns only if it fails.
func (e *Execution) Do() syscall.Errno {
	var raised unix.Rlimit
	if errno := Limit(unix.RLIMIT_NOFILE, &raised); errno != 0 {
		return errno
	}
	if errno := setNoFile(&e.NoFile); errno != 0 {
		return errno
	}
	errno := execve(e.Program, e.Args, e.Env)
	setNoFile(&raised) //nolint:errcheck // it is what there was
	return errno
}

func setNoFile(limit *unix.Rlimit) syscall.Errno {
	_, _, errno := syscall.RawSyscall6(unix.SYS_PRLIMIT64, 0, unix.RLIMIT_NOFILE, uintptr(unsafe.Pointer(limit)), 0, 0, 0)
	return errno
}

// Hexadecimal and Decimal read a number that ends with a NUL byte.
func Hexadecimal(s *byte) (n uint64, isNumber bool) {
	digits := text(s)
	return hexadecimal(unsafe.Slice(unsafe.StringData(digits), len(digits)))
}

// Decimal reads one of those that descriptors are written as.
func Decimal(s *byte) (n int, isNumber bool) { return decimal(s) }
