//go:build amd64 || arm64

package entry

import (
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"mydocker/container/child/bare"
)

//nolint:gochecknoglobals // before the runtime there is no other memory; AwaitNamespaces reads it when the thread has ended
var (
	threadStack [16 << 10]byte
	threadRuns  uint32 // the kernel clears it at the thread's end, and wakes who waits for that
	threadErrno = syscall.ENOSYS
	namespaces  bare.Namespaces
)

// cloneThread starts a thread that calls makeNamespaces on the stack below top,
// and ends; then the kernel clears *runs (CLONE_CHILD_CLEARTID of clone(2)).
func cloneThread(top *byte, runs *uint32) (errno uintptr)

// startThread has namespaces made on another CPU while the runtime starts. The
// thread inherits that all signals are blocked: the runtime knows nothing of it,
// and its signal handlers must not run there.
func startThread() {
	threadRuns = 1
	if cloneThread(&threadStack[len(threadStack)-64], &threadRuns) != 0 {
		threadRuns = 0
	}
}

// makeNamespaces is all that the thread does.
func makeNamespaces() { threadErrno = bare.MakeNamespaces(&namespaces) }

// AwaitNamespaces waits for the namespaces that were made while the runtime
// started. It returns nil if there are none, whatever the reason. The
// descriptors are the caller's to close.
func AwaitNamespaces() *bare.Namespaces {
	const wait = 0 // FUTEX_WAIT of futex(2)
	for atomic.LoadUint32(&threadRuns) != 0 {
		_, _, errno := syscall.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(&threadRuns)), wait, 1, 0, 0, 0)
		if errno != 0 && errno != unix.EAGAIN && errno != unix.EINTR {
			return nil
		}
	}
	if threadErrno != 0 {
		return nil
	}
	return &namespaces
}
