//go:build amd64 || arm64

package entry

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

//nolint:gochecknoglobals // what the handler reads, and where it is
var (
	catchers int        // the descriptor that it writes to
	handler  [2]uintptr // its address, and of what it returns to if the kernel does not know that
)

// sigaction is that of rt_sigaction, which is not the C library's (sigaction(2)).
type sigaction struct {
	handler, flags, restorer uintptr
	mask                     uint64
}

// Catch has the signals of set written to fd as they come, each as a siginfo_t of
// 128 bytes, and no longer sent to the Go runtime. It leaves alone those that the
// process ignores; of what its caller had it ignore the runtime has overruled all
// but SIGHUP and SIGINT. With os/signal, it would take two threads and eight
// changes between them.
func Catch(set uint64, fd int) syscall.Errno {
	const (
		ignore     = 1 // SIG_IGN
		withInfo   = 0x00000004
		onStack    = 0x08000000
		restart    = 0x10000000
		hasReturn  = 0x04000000 // SA_RESTORER
		everything = ^uint64(0)
	)
	catchers = fd
	action := sigaction{handler[0], withInfo | onStack | restart, handler[1], everything}
	if action.restorer != 0 {
		action.flags |= hasReturn
	}
	for sig := syscall.Signal(1); set>>(sig-1) != 0; sig++ {
		if set>>(sig-1)&1 == 0 {
			continue
		}
		var before sigaction
		errno := setAction(sig, nil, &before)
		if errno == 0 && before.handler != ignore {
			errno = setAction(sig, &action, nil)
		}
		if errno != 0 {
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
