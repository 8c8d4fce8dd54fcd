package bare

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

const clockPath = "/proc/self/timens_offsets"

// openClock comes before another /proc may be there, and before that file is root's alone.
func (i *Init) openClock() (errno syscall.Errno) {
	if i.config.lifecycle.clockSets != "" {
		i.clockFile, errno = open(clockPath+"\x00", unix.O_WRONLY)
	}
	return errno
}

// goOnInChild makes namespaces that only a child is in, and clones one that goes on with the
// steps in place of this process, which tells the parent its pid and ends.
func (i *Init) goOnInChild() (string, syscall.Errno) {
	l := &i.config.lifecycle
	if l.stage == "" {
		return asItWas, 0
	}
	unshare, rest, ok := cutNumber(l.stage)
	flags, end, hasFlags := cutNumber(rest)
	switch {
	case !ok || !hasFlags || end != "":
		return l.stage, unix.EPROTO
	case i.withRuntime: // whose other threads the child would lack
		return "fork", unix.ENOTSUP
	}
	if _, _, errno := syscall.RawSyscall(unix.SYS_UNSHARE, uintptr(unshare), 0, 0); errno != 0 {
		return "unshare", errno
	}
	if errno := i.setClocks(); errno != 0 {
		return clockPath, errno
	}
	var told [2]int32
	if _, _, errno := syscall.RawSyscall(unix.SYS_PIPE2, uintptr(unsafe.Pointer(&told)), unix.O_CLOEXEC, 0); errno != 0 {
		return "pipe", errno
	}
	child, _, errno := syscall.RawSyscall6(unix.SYS_CLONE, unix.CLONE_PARENT|uintptr(flags), 0, 0, 0, 0, 0)
	switch {
	case errno != 0:
		return "clone", errno
	case child == 0:
		return "clone", i.begin(int(told[0]), int(told[1]), flags&unix.CLONE_NEWUSER != 0)
	}
	i.Step, i.Operand = wire.StepStaged, i.digits(uint64(child))
	i.Tell("")
	write(int(told[1]), unsafe.Slice(unsafe.StringData("."), 1))
	return i.Operand, exit(0)
}

// setClocks sets those of a new time namespace, with one write(2).
func (i *Init) setClocks() syscall.Errno {
	sets := i.config.lifecycle.clockSets
	if sets == "" {
		return 0
	}
	_, _, errno := syscall.RawSyscall(unix.SYS_WRITE, uintptr(i.clockFile), pointerTo(sets), uintptr(len(sets)))
	if closing := closeFD(i.clockFile); errno == 0 {
		errno = closing
	}
	return errno
}

// begin is where the child goes on, once the parent knows of it: it leads a session of its
// own as the first process did. One in a new user namespace waits until the parent has mapped its
// users.
func (i *Init) begin(told, telling int, unmapped bool) syscall.Errno {
	if errno := closeFD(telling); errno != 0 {
		return errno
	}
	var answer [1]byte
	if n, errno := read(told, answer[:]); errno != 0 || n == 0 {
		return exit(1) // nobody would wait for it
	}
	if errno := closeFD(told); errno != 0 {
		return errno
	}
	if unmapped {
		if errno := i.awaitParent(); errno != 0 {
			return errno
		}
	}
	_, _, errno := syscall.RawSyscall(unix.SYS_SETSID, 0, 0, 0)
	if errno == 0 && i.config.terminal && !i.config.reaper {
		_, _, errno = syscall.RawSyscall(unix.SYS_IOCTL, uintptr(unix.Stdout), unix.TIOCSCTTY, 0)
	}
	if errno != 0 {
		return errno
	}
	return dieWithParent()
}

// digits is a decimal number, in the memory that is for paths.
func (i *Init) digits(n uint64) string {
	buffer := &i.memory.path
	first := 20
	for buffer[first] = 0; first == 20 || n > 0; n /= 10 {
		first--
		buffer[first] = '0' + byte(n%10)
	}
	return text(&buffer[first])
}
