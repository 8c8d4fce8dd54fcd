package bare

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// lifecycle is a wire.Lifecycle as it lies in the message.
type lifecycle struct {
	asked, outlives, wait, hooks bool // asked: there is one
	files, preserved             int
	joins                        bool // there are some, which are read where they are
	stage, clockSets, program    string
}

func (l *lifecycle) set(key, value []byte) (ok bool) {
	ok = true
	switch string(key) {
	case wire.KeyOutlives:
		l.outlives = true
	case wire.KeyWait:
		l.wait = true
	case wire.KeyHooks:
		l.hooks = true
	case wire.KeyFiles:
		ok = count(value, &l.files)
	case wire.KeyPreserved:
		ok = count(value, &l.preserved)
	case wire.KeyJoin:
		l.joins = true
	case wire.KeyStage:
		l.stage = text(unsafe.SliceData(value))
	case wire.KeyProgram:
		l.program = text(unsafe.SliceData(value))
	case wire.KeyClockSets:
		l.clockSets = text(unsafe.SliceData(value))
	default:
		return false
	}
	l.asked = true
	return ok
}

func count(value []byte, n *int) (ok bool) {
	number, ok := hexadecimal(value)
	*n = int(number)
	return ok && number <= wire.MaxFiles
}

// lastFD is the first descriptor that is not init's own any more.
func (i *Init) lastFD() int {
	l := &i.config.lifecycle
	switch {
	case l.files > 0:
		return wire.FirstFile + l.files
	case l.wait:
		return wire.ResultFD + 1
	case i.config.console.asked:
		return wire.TerminalFD + 1
	}
	return wire.StatusFD + 1
}

// passFiles gives the command the files that its caller passes on, from 3 on. What init still
// needs goes out of their way first. It comes before the filter, which may not let it.
func (i *Init) passFiles() (string, syscall.Errno) {
	l := &i.config.lifecycle
	if l.preserved == 0 {
		return "none", 0
	}
	const operand = "--preserve-fds"
	end := i.lastFD()
	for _, own := range [...]*int{&i.configFD, &i.statusFD, &i.startFD, &i.resultFD} {
		moved, _, errno := syscall.RawSyscall(unix.SYS_FCNTL, uintptr(*own), unix.F_DUPFD_CLOEXEC, uintptr(end))
		if errno == unix.EBADF && !l.wait {
			continue // it has no start to wait for
		}
		if errno != 0 {
			return operand, errno
		}
		if errno = closeFD(*own); errno != 0 {
			return operand, errno
		}
		*own = int(moved)
	}
	first := end - l.preserved
	for n := range l.preserved {
		if _, _, errno := syscall.RawSyscall(unix.SYS_DUP3, uintptr(first+n), uintptr(3+n), 0); errno != 0 {
			return operand, errno
		}
	}
	return operand, 0
}

// awaitHooks lets the parent run hooks, and waits until it writes a byte. If a hook fails it does
// not, but ends this process.
func (i *Init) awaitHooks() syscall.Errno {
	if !i.config.lifecycle.hooks {
		return 0
	}
	const operand = "the hooks"
	step := i.Step
	i.Step, i.Operand = wire.StepHooks, operand
	i.fault()
	if i.Errno != 0 {
		return i.Errno
	}
	i.Tell("")
	errno := i.awaitParent()
	if errno == 0 {
		i.Step = step
	}
	return errno
}

// awaitParent waits for a byte from the parent. One that has ended sends none.
func (i *Init) awaitParent() syscall.Errno {
	var answer [1]byte
	n, errno := read(i.configFD, answer[:])
	if errno == 0 && n != len(answer) {
		errno = unix.EPIPE
	}
	return errno
}

// awaitStart lets the parent go, and waits until somebody writes to the FIFO. From then on it is
// the FIFO of the result that failures are told in: nobody reads the pipe any more.
func (i *Init) awaitStart() (string, syscall.Errno) {
	l := &i.config.lifecycle
	if l.outlives {
		if errno := prctl(unix.PR_SET_PDEATHSIG, 0); errno != 0 {
			return "prctl", errno
		}
	}
	if !l.wait {
		return asItWas, 0
	}
	const operand = "the FIFO"
	i.Operand = operand
	i.Tell("")
	if errno := closeFD(i.statusFD); errno != 0 {
		return operand, errno
	}
	i.statusFD = i.resultFD
	var started [1]byte
	n, errno := read(i.startFD, started[:])
	if errno == 0 && n != len(started) {
		errno = unix.EPIPE
	}
	return operand, errno
}
