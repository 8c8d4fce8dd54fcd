package bare

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// executeProtected executes init from a file that is read-only for who finds it by
// /proc/PID/exe. There a container's root file system has a way to the host's: root
// could overwrite what the host runs (CVE-2019-5736), or give it a set-user-ID bit while
// it runs. The mount that is read-only is nowhere to be seen, so none of the host's
// has to be changed for it.
func executeProtected(program *byte) syscall.Errno {
	path := unsafe.String(program, len(text(program))+1)
	tree, errno := openReadOnly(path)
	if errno == unix.EPERM {
		tree, errno = openInNamespace(path)
	}
	if lacks(errno) {
		return executeBound(path)
	}
	if errno != 0 {
		return errno
	}
	args, env := initWords()
	_, _, errno = syscall.RawSyscall6(unix.SYS_EXECVEAT, uintptr(tree), pointerTo("\x00"),
		uintptr(unsafe.Pointer(&args)), uintptr(unsafe.Pointer(&env)), unix.AT_EMPTY_PATH, 0)
	return errno
}

// openReadOnly opens such a mount (Linux 5.2, 5.12).
func openReadOnly(path string) (int, syscall.Errno) {
	at := unix.AT_FDCWD
	tree, _, errno := syscall.RawSyscall(unix.SYS_OPEN_TREE, uintptr(at), pointerTo(path), unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
	if errno == 0 {
		errno = setAttributes(int(tree), unix.MS_RDONLY, unix.AT_RECURSIVE) // or a remount would be tried
	}
	return int(tree), errno
}

// openInNamespace is openReadOnly for who may mount nothing: an ordinary user who joins a
// container is in none of its namespaces yet. A process in new ones of its own may, and shares
// its descriptors. What it has mounted stays, for it is in no namespace.
func openInNamespace(path string) (int, syscall.Errno) {
	const alone = unix.CLONE_VFORK | unix.CLONE_FILES | unix.CLONE_NEWUSER | unix.CLONE_NEWNS
	place, _, errno := syscall.RawSyscall(unix.SYS_FCNTL, wire.StatusFD, unix.F_DUPFD_CLOEXEC, 0)
	if errno != 0 {
		return 0, errno
	}
	child, _, errno := syscall.RawSyscall6(unix.SYS_CLONE, alone|uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	if child == 0 {
		tree, errno := openReadOnly(path)
		if errno == 0 {
			_, _, errno = syscall.RawSyscall(unix.SYS_DUP3, uintptr(tree), place, unix.O_CLOEXEC)
		}
		return 0, exit(int(errno))
	}
	return int(place), syscall.Errno(ExitCode(awaitEnd(int(child))))
}

// executeBound is executeProtected before Linux 5.12: with a mount in init's namespace.
func executeBound(path string) syscall.Errno {
	if errno := makePrivate(); errno != 0 {
		return errno
	}
	if errno := mount(path, path, "\x00", unix.MS_BIND); errno != 0 {
		return errno
	}
	fd, errno := open(path, unix.O_PATH)
	if errno != 0 {
		return errno
	}
	if errno := remount(fd, unix.MS_RDONLY, 0); errno != 0 {
		return errno
	}
	if errno := closeFD(fd); errno != 0 {
		return errno
	}
	return executeInit(unsafe.StringData(path))
}

// ExecuteProtected executes init once more, from a file that the container cannot
// change: for who started it in a way that could not see to that. It returns if that
// failed.
func (i *Init) ExecuteProtected(program *byte) {
	i.Step, i.Operand, i.Errno = wire.StepProgram, text(program), executeProtected(program)
}
