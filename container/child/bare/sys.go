package bare

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The system calls of init. Those of the syscall and unix packages tell the
// scheduler about each, and copy every path; these do neither. A path is a
// string that ends with a NUL byte.

func pointerTo(path string) uintptr { return uintptr(unsafe.Pointer(unsafe.StringData(path))) }

func open(path string, flags uintptr) (int, syscall.Errno) {
	at := unix.AT_FDCWD
	fd, _, errno := syscall.RawSyscall6(unix.SYS_OPENAT, uintptr(at), pointerTo(path), flags|unix.O_CLOEXEC, 0, 0, 0)
	return int(fd), errno
}

func closeFD(fd int) syscall.Errno {
	_, _, errno := syscall.RawSyscall(unix.SYS_CLOSE, uintptr(fd), 0, 0)
	return errno
}

func read(fd int, buffer []byte) (int, syscall.Errno) {
	for {
		n, _, errno := syscall.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(buffer))), uintptr(len(buffer)))
		if errno != unix.EINTR {
			return int(n), errno
		}
	}
}

func write(fd int, message []byte) {
	for len(message) > 0 {
		n, _, errno := syscall.RawSyscall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(message))), uintptr(len(message)))
		switch errno {
		case 0:
			message = message[n:]
		case unix.EINTR:
		default:
			return
		}
	}
}

// writeFile writes value to an existing file by a single write.
func writeFile(path, value string) syscall.Errno {
	fd, errno := open(path, unix.O_WRONLY)
	if errno != 0 {
		return errno
	}
	_, _, errno = syscall.RawSyscall(unix.SYS_WRITE, uintptr(fd), pointerTo(value), uintptr(len(value)))
	if closing := closeFD(fd); errno == 0 {
		errno = closing
	}
	return errno
}

func chdir(path string) syscall.Errno {
	_, _, errno := syscall.RawSyscall(unix.SYS_CHDIR, pointerTo(path), 0, 0)
	return errno
}

func fchdir(fd int) syscall.Errno {
	_, _, errno := syscall.RawSyscall(unix.SYS_FCHDIR, uintptr(fd), 0, 0)
	return errno
}

func getdents(dir int, buffer []byte) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall(unix.SYS_GETDENTS64, uintptr(dir), uintptr(unsafe.Pointer(unsafe.SliceData(buffer))), uintptr(len(buffer)))
	return int(n), errno
}

func mount(source, target, fstype string, flags uintptr) syscall.Errno {
	_, _, errno := syscall.RawSyscall6(unix.SYS_MOUNT, pointerTo(source), pointerTo(target), pointerTo(fstype), flags, 0, 0)
	return errno
}

// mountData is mount with options of the file system, data, if there are any.
func mountData(source, target, fstype string, flags uintptr, data string) syscall.Errno {
	options := uintptr(0)
	if data != "" {
		options = pointerTo(data)
	}
	_, _, errno := syscall.RawSyscall6(unix.SYS_MOUNT, pointerTo(source), pointerTo(target), pointerTo(fstype), flags, options, 0)
	return errno
}

func openat2(base int, path string, flags, resolve uint64) (int, syscall.Errno) {
	how := unix.OpenHow{Flags: flags | unix.O_CLOEXEC, Resolve: resolve}
	fd, _, errno := syscall.RawSyscall6(unix.SYS_OPENAT2, uintptr(base), pointerTo(path), uintptr(unsafe.Pointer(&how)), unsafe.Sizeof(how), 0, 0)
	return int(fd), errno
}

// openBelow opens a path, which may begin with a slash, in a directory whose files are
// the kernel's or init's own.
func openBelow(base int, path string, flags uintptr) (int, syscall.Errno) {
	if path[0] == '/' {
		path = path[1:]
	}
	fd, _, errno := syscall.RawSyscall6(unix.SYS_OPENAT, uintptr(base), pointerTo(path), flags|unix.O_PATH|unix.O_CLOEXEC, 0, 0, 0)
	return int(fd), errno
}

func fstatfs(fd int, status *unix.Statfs_t) syscall.Errno {
	_, _, errno := syscall.RawSyscall(unix.SYS_FSTATFS, uintptr(fd), uintptr(unsafe.Pointer(status)), 0)
	return errno
}

func statx(path *byte, mask uintptr, status *unix.Statx_t) syscall.Errno {
	at := unix.AT_FDCWD
	_, _, errno := syscall.RawSyscall6(unix.SYS_STATX, uintptr(at), uintptr(unsafe.Pointer(path)), 0, mask, uintptr(unsafe.Pointer(status)), 0)
	return errno
}

// mayExecute checks it as execve(2) will: with the effective user and capabilities (faccessat2(2),
// Linux 5.8). An older kernel, or one below a seccomp filter that is older, can only be asked with the
// real user, who has none of them.
func mayExecute(path *byte) syscall.Errno {
	at := unix.AT_FDCWD
	_, _, errno := syscall.RawSyscall6(unix.SYS_FACCESSAT2, uintptr(at), uintptr(unsafe.Pointer(path)), unix.X_OK, unix.AT_EACCESS, 0, 0)
	if errno == unix.ENOSYS || errno == unix.EPERM {
		_, _, errno = syscall.RawSyscall(unix.SYS_FACCESSAT, uintptr(at), uintptr(unsafe.Pointer(path)), unix.X_OK)
	}
	return errno
}

func execve(path *byte, args, env []uintptr) syscall.Errno {
	_, _, errno := syscall.RawSyscall(unix.SYS_EXECVE, uintptr(unsafe.Pointer(path)),
		uintptr(unsafe.Pointer(unsafe.SliceData(args))), uintptr(unsafe.Pointer(unsafe.SliceData(env))))
	return errno
}

func prctl(option, value uintptr) syscall.Errno {
	_, _, errno := syscall.RawSyscall6(unix.SYS_PRCTL, option, value, 0, 0, 0, 0)
	return errno
}

// capabilities are those of the process: 0 to 31, and 32 to 63.
func capabilities() (header unix.CapUserHeader, data [2]unix.CapUserData, errno syscall.Errno) {
	header.Version = unix.LINUX_CAPABILITY_VERSION_3
	_, _, errno = syscall.RawSyscall(unix.SYS_CAPGET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&data)), 0)
	return header, data, errno
}

func capset(header *unix.CapUserHeader, data *[2]unix.CapUserData) syscall.Errno {
	_, _, errno := syscall.RawSyscall(unix.SYS_CAPSET, uintptr(unsafe.Pointer(header)), uintptr(unsafe.Pointer(data)), 0)
	return errno
}

// monotonic is the time in nanoseconds since some point before all processes, 0
// if the kernel does not tell.
func monotonic() int64 {
	var now struct{ seconds, nanoseconds int }
	_, _, errno := syscall.RawSyscall(unix.SYS_CLOCK_GETTIME, unix.CLOCK_MONOTONIC, uintptr(unsafe.Pointer(&now)), 0)
	if errno != 0 {
		return 0
	}
	return int64(now.seconds)*1e9 + int64(now.nanoseconds)
}

// BlockSignals adds set to the calling thread's signal mask and stores what the
// mask was before.
func BlockSignals(set uint64, before *uint64) syscall.Errno {
	const howBlock = 0 // SIG_BLOCK
	return sigprocmask(howBlock, set, before)
}

// SetSignals makes mask the calling thread's signal mask.
func SetSignals(mask uint64) syscall.Errno {
	const howSet = 2 // SIG_SETMASK
	return sigprocmask(howSet, mask, nil)
}

func sigprocmask(how uintptr, set uint64, before *uint64) syscall.Errno {
	_, _, errno := syscall.RawSyscall6(unix.SYS_RT_SIGPROCMASK, how, uintptr(unsafe.Pointer(&set)),
		uintptr(unsafe.Pointer(before)), unsafe.Sizeof(set), 0, 0)
	return errno
}

// resetSignal gives a signal its default action.
func resetSignal(sig syscall.Signal) syscall.Errno {
	var action [8]uintptr // a struct sigaction with room to spare: SIG_DFL is zero
	_, _, errno := syscall.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(&action)), 0, 8, 0, 0)
	return errno
}

// awaitSignal takes a signal of those that are blocked, which are all; it returns 0
// where the wait was interrupted.
func awaitSignal() syscall.Signal {
	all := ^uint64(0)
	sig, _, errno := syscall.RawSyscall6(unix.SYS_RT_SIGTIMEDWAIT, uintptr(unsafe.Pointer(&all)), 0, 0, unsafe.Sizeof(all), 0, 0)
	if errno != 0 {
		return 0
	}
	return syscall.Signal(sig)
}

func awaitEnd(pid int) (status unix.WaitStatus) {
	for {
		_, _, errno := syscall.RawSyscall6(unix.SYS_WAIT4, uintptr(pid), uintptr(unsafe.Pointer(&status)), 0, 0, 0, 0)
		if errno != unix.EINTR {
			return status
		}
	}
}

// AwaitChange returns when *state is no longer value, or after an interruption.
func AwaitChange(state *uint32, value uint32) (changed bool) {
	const wait = 0 // FUTEX_WAIT of futex(2)
	_, _, errno := syscall.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(state)), wait, uintptr(value), 0, 0, 0)
	return errno == 0
}

// TellChange wakes who waits for a change of *state.
func TellChange(state *uint32) (told bool) {
	const wake = 1 // FUTEX_WAKE of futex(2)
	n, _, errno := syscall.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(state)), wake, 1, 0, 0, 0)
	return errno == 0 && n > 0
}

// Limit is the calling process's limit on a resource (getrlimit(2)).
func Limit(resource uintptr, limit *unix.Rlimit) syscall.Errno {
	_, _, errno := syscall.RawSyscall6(unix.SYS_PRLIMIT64, 0, resource, 0, uintptr(unsafe.Pointer(limit)), 0, 0)
	return errno
}

// Refuse ends a mydocker for which the Go runtime cannot start: with a line on
// stderr, which ends with a newline, and the status of mydocker's own failures.
func Refuse(line string) {
	const failed = 125 // cmd.exitCode has it for all others
	write(unix.Stderr, unsafe.Slice(unsafe.StringData(line), len(line)))
	exit(failed) //nolint:errcheck // who could be told
}

// exit returns only if it failed, which it cannot but below a seccomp filter.
func exit(code int) syscall.Errno {
	_, _, errno := syscall.RawSyscall(unix.SYS_EXIT_GROUP, uintptr(code), 0, 0)
	return errno
}

func isPipe(fd int) bool {
	// Only a pipe can be asked for its size.
	size, _, errno := syscall.RawSyscall(unix.SYS_FCNTL, uintptr(fd), unix.F_GETPIPE_SZ, 0)
	return errno == 0 && size > 0
}

// at is the byte at an address that addressOf made.
func at(address uintptr) *byte { return *(**byte)(unsafe.Pointer(&address)) }

// text is the NUL-terminated string at s.
func text(s *byte) string {
	n := 0
	for *(*byte)(unsafe.Add(unsafe.Pointer(s), n)) != 0 {
		n++
	}
	return unsafe.String(s, n)
}

// texts is for Go code that runs with its runtime.
func texts(addresses []uintptr) []string {
	list := make([]string, 0, len(addresses))
	for _, address := range addresses {
		list = append(list, text(at(address)))
	}
	return list
}

// hexadecimal reads a number of up to 64 bits.
func hexadecimal(digits []byte) (n uint64, isNumber bool) {
	for _, digit := range digits {
		switch {
		case digit >= '0' && digit <= '9':
			n = n<<4 | uint64(digit-'0')
		case digit >= 'a' && digit <= 'f':
			n = n<<4 | uint64(digit-'a'+10)
		default:
			return 0, false
		}
	}
	return n, len(digits) > 0 && len(digits) <= 16
}

// decimal reads the NUL-terminated number at s.
func decimal(s *byte) (n int, isNumber bool) {
	for _, digit := range []byte(text(s)) {
		if digit < '0' || digit > '9' {
			return 0, false
		}
		n = 10*n + int(digit-'0')
	}
	return n, true
}
