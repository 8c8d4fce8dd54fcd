package bare

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// startBelowReaper makes PID 1 what it is in an ordinary system, where one is
// asked for: a process that reaps the orphans and passes signals on. The command
// is its child, to whom signals do what they do to any process. PID 1 stays in
// here for good; it is the child that goes on to the execve.
func (i *Init) startBelowReaper() (string, syscall.Errno) {
	if !i.config.reaper {
		return "none: the command is PID 1", 0
	}
	const operand = "fork"
	if i.withRuntime { // whose other threads the child would lack
		return operand, unix.ENOTSUP
	}
	if i.config.hostPID { // orphans are another's otherwise
		if errno := prctl(unix.PR_SET_CHILD_SUBREAPER, 1); errno != 0 {
			return operand, errno
		}
	}
	// Nobody in the container opens, reads or traces this PID 1, which is mydocker's own
	// program on the host (CVE-2019-5736): /proc/1 is root's, and closed to who lacks
	// CAP_SYS_PTRACE. The command's execve makes that an ordinary process again.
	if errno := prctl(unix.PR_SET_DUMPABLE, 0); errno != 0 {
		return operand, errno
	}
	var mask uint64
	if errno := BlockSignals(^uint64(0), &mask); errno != 0 {
		return operand, errno
	}
	child, _, errno := syscall.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	switch {
	case errno != 0:
		return operand, errno
	case child == 0:
		return operand, i.leadSession(mask)
	}
	// PID 1 keeps nothing open that the command closes: the status pipe above all.
	// Nothing else is open by now, and of these some may not be.
	for fd := 0; fd <= wire.StatusFD && (errno == 0 || errno == unix.EBADF); fd++ {
		errno = closeFD(fd)
	}
	i.memory.release()
	status := reap(int(child))
	nameEnd(status)
	return operand, exit(ExitCode(status))
}

// release gives back what the command was read into: a kernel with huge pages
// takes megabytes for it. Where it cannot, PID 1 is larger.
func (m *Memory) release() (released bool) {
	const page = 64 << 10 // as large as they get
	first := (uintptr(unsafe.Pointer(m)) + page - 1) &^ (page - 1)
	last := (uintptr(unsafe.Pointer(m)) + unsafe.Sizeof(*m)) &^ (page - 1)
	_, _, errno := syscall.RawSyscall(unix.SYS_MADVISE, first, last-first, unix.MADV_DONTNEED)
	return errno == 0
}

// leadSession gives the command a session of its own, and the terminal to it.
func (i *Init) leadSession(mask uint64) syscall.Errno {
	_, _, errno := syscall.RawSyscall(unix.SYS_SETSID, 0, 0, 0)
	if errno == 0 && i.config.terminal {
		_, _, errno = syscall.RawSyscall(unix.SYS_IOCTL, uintptr(unix.Stdout), unix.TIOCSCTTY, 0)
	}
	if errno == 0 && i.config.hostPID { // no namespace ends it with the reaper
		errno = prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL))
	}
	if errno != 0 {
		return errno
	}
	return SetSignals(mask)
}

// reap waits for signals, all of which are blocked, until the child has ended,
// and returns how it did. The kernel ends what else runs in the container.
func reap(child int) unix.WaitStatus {
	for {
		switch sig := awaitSignal(); sig {
		case 0: // interrupted
		case unix.SIGCHLD:
			if status, ended := reapAll(child); ended {
				return status
			}
		default:
			forward(child, sig) // or it has ended, which SIGCHLD tells
		}
	}
}

// forward passes a signal on. What comes from a keyboard goes to the command's
// whole process group, as it would from a terminal. There, nobody minds SIGTSTP:
// the group has no parent in its session (setpgid(2), "orphaned process group").
func forward(child int, sig syscall.Signal) (sent bool) {
	switch sig {
	case unix.SIGINT, unix.SIGQUIT, unix.SIGCONT:
		child = -child
	case unix.SIGTSTP:
		child, sig = -child, unix.SIGSTOP
	}
	_, _, errno := syscall.RawSyscall(unix.SYS_KILL, uintptr(child), uintptr(sig), 0)
	return errno == 0
}

// reapAll takes every process that has ended, for one SIGCHLD may stand for
// several, and reports whether the child is among them. Where a seccomp filter refuses
// wait4(2), nobody can tell: the container ends with status 125.
func reapAll(child int) (status unix.WaitStatus, ended bool) {
	for {
		pid, _, errno := syscall.RawSyscall6(unix.SYS_WAIT4, ^uintptr(0), uintptr(unsafe.Pointer(&status)), unix.WNOHANG, 0, 0, 0)
		if errno != 0 && errno != unix.ECHILD && errno != unix.EINTR {
			return 125 << 8, true
		}
		if errno != 0 || pid == 0 {
			return 0, false
		}
		if int(pid) == child {
			return status, true
		}
	}
}

// nameEnd tells mydocker by which signal the command ended. Neither can an exit
// status say it, nor can PID 1 die of it, whom the kernel keeps from that. But the
// name of a process stays until somebody has waited for it.
func nameEnd(status unix.WaitStatus) (told bool) {
	if !status.Signaled() {
		return false
	}
	var name [16]byte // PR_SET_NAME of prctl(2)
	n := copy(name[:], wire.EndedBy)
	name[n], name[n+1] = '0'+byte(status.Signal())/10, '0'+byte(status.Signal())%10
	return prctl(unix.PR_SET_NAME, uintptr(unsafe.Pointer(&name))) == 0
}

// ExitCode is the shell's number for the end of a process: its own status, or
// 128 plus the signal that killed it.
func ExitCode(status unix.WaitStatus) int {
	if status.Signaled() {
		return 128 + int(status.Signal())
	}
	return status.ExitStatus()
}
