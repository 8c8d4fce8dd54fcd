//go:build amd64 || arm64

package entry

import (
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// faults are those of Rare that the kernel sends to a program for a fault of its own. Such
// a signal goes on to the Go runtime, which ends the program with a dump.
const faults = 1<<(unix.SIGILL-1) | 1<<(unix.SIGTRAP-1) | 1<<(unix.SIGBUS-1) |
	1<<(unix.SIGFPE-1) | 1<<(unix.SIGSEGV-1) | 1<<(unix.SIGSYS-1)

// respected are the signals that the Go runtime goes on to ignore if the caller had
// mydocker ignore them. It overrules all others.
const respected = 1<<(unix.SIGHUP-1) | 1<<(unix.SIGINT-1)

//nolint:gochecknoglobals // what the handler and the runtime read and write, and where their code is
var (
	code      [3]uintptr // the addresses of handle, of restore if the kernel needs one, and of replace
	caught    uint64     // the signals that handle gets
	released  uint64     // those that it got before Release
	catcher   int        // the descriptor that handle writes to; 0 as long as there is none
	early     uint64     // what came as long as there was none
	ofRuntime uintptr    // the handler that the runtime would have set
	byDefault sigaction  // all zero: SIG_DFL
)

// replaceSigaction, if it is not zero, is what the runtime calls instead of
// rt_sigaction(2). It is there for programs with C code, whose sanitizers have to see
// these calls.
//
//go:linkname replaceSigaction _cgo_sigaction
var replaceSigaction uintptr //nolint:gochecknoglobals // the runtime's

// sigaction is the kernel's struct of rt_sigaction(2); the C library's is another.
type sigaction struct {
	handler, flags, restorer uintptr
	mask                     uint64
}

// ignored is SIG_IGN.
const ignored = 1

// remember has the signals of Ending and Rare remembered from here on, and keeps the
// runtime from setting its own handler for them: it would end the program as long as
// nobody has asked for them by os/signal.
func remember() {
	if catch(Ending|Rare) == 0 {
		replaceSigaction = code[2]
	}
}

// Catch has the signals of Ending and Rare written to fd as they come, each
// as a siginfo_t of 128 bytes, and no longer sent to the runtime. With os/signal, it
// would take two threads and eight changes between them.
func Catch(fd int) syscall.Errno {
	catcher = fd
	return catch(Ending | Rare)
}

// Early returns the signals that came before Catch was called, once.
func Early() uint64 { return atomic.SwapUint64(&early, 0) }

// Remember takes back what Release gave. What comes is Early again.
func Remember() syscall.Errno { return catch(released) }

// Release gives the signals to the runtime, and so to os/signal, with those that have
// been remembered.
func Release() error {
	if ofRuntime == 0 {
		return nil
	}
	released = caught
	if errno := setActions(released, ofRuntime); errno != 0 {
		return errno
	}
	caught &^= released
	remembered := atomic.AndUint64(&early, ^released) & released
	for sig := syscall.Signal(1); remembered>>(sig-1) != 0; sig++ {
		if remembered>>(sig-1)&1 == 0 {
			continue
		}
		if err := unix.Kill(unix.Getpid(), sig); err != nil {
			return err
		}
	}
	return nil
}

// Default has the signals of Ending end the program at once, as they would without any handler,
// but for those that the caller had it ignore. It is for who is about to call execve(2): the
// kernel ends all other threads then, also one that has taken a signal and is on its way to the
// handler, and nobody would hear of that signal any more.
func Default() error {
	for sig := syscall.Signal(1); Ending>>(sig-1) != 0; sig++ {
		var action sigaction
		if Ending>>(sig-1)&1 == 0 {
			continue
		}
		errno := setAction(sig, nil, &action)
		if errno == 0 && action.handler != ignored {
			errno = setAction(sig, &byDefault, nil)
		}
		if errno != 0 {
			return errno
		}
	}
	return nil
}

// catch has handle called for those of set for which it is not yet.
func catch(set uint64) syscall.Errno {
	replaceSigaction = 0
	set &^= caught
	for sig := syscall.Signal(1); set>>(sig-1) != 0; sig++ {
		bit := uint64(1) << (sig - 1)
		if set&respected&bit == 0 {
			continue
		}
		var before sigaction
		if errno := setAction(sig, nil, &before); errno != 0 {
			return errno
		}
		if before.handler == ignored {
			set &^= bit
		}
	}
	caught |= set
	return setActions(set, code[0])
}

// setActions makes handler that of the signals of set.
func setActions(set uint64, handler uintptr) syscall.Errno {
	const (
		withInfo   = 0x00000004
		onStack    = 0x08000000
		restart    = 0x10000000
		hasReturn  = 0x04000000 // SA_RESTORER
		everything = ^uint64(0)
	)
	action := sigaction{handler, withInfo | onStack | restart, code[1], everything}
	if action.restorer != 0 {
		action.flags |= hasReturn
	}
	for sig := syscall.Signal(1); set>>(sig-1) != 0; sig++ {
		if set>>(sig-1)&1 == 0 {
			continue
		}
		if errno := setAction(sig, &action, nil); errno != 0 {
			return errno
		}
	}
	return 0
}

func setAction(sig syscall.Signal, action, before *sigaction) syscall.Errno {
	_, _, errno := syscall.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig),
		uintptr(unsafe.Pointer(action)), uintptr(unsafe.Pointer(before)), unsafe.Sizeof(action.mask), 0, 0)
	return errno
}
