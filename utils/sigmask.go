package utils

import (
	"errors"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// WithSignalMask calls start with the signals of a mask blocked, and no others: a process that it
// starts has them so.
func WithSignalMask(mask uint64, start func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var wanted, own unix.Sigset_t
	*(*uint64)(unsafe.Pointer(&wanted)) = mask
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &wanted, &own); err != nil {
		return err
	}
	return errors.Join(start(), unix.PthreadSigmask(unix.SIG_SETMASK, &own, nil))
}
