package full

import (
	"errors"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/entry"
)

// withCallersMask calls start with the signals blocked that the caller of mydocker has blocked:
// a child gets them so, and not what a run blocks.
func withCallersMask(start func() error) (err error) {
	if !entry.HasBlocked() {
		return start()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var callers, own unix.Sigset_t
	*(*uint64)(unsafe.Pointer(&callers)) = entry.CallersMask()
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &callers, &own); err != nil {
		return err
	}
	return errors.Join(start(), unix.PthreadSigmask(unix.SIG_SETMASK, &own, nil))
}
