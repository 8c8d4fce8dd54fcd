//go:build !amd64 && !arm64

package entry

import (
	"syscall"

	"github.com/mydocker/mydocker/container/child/bare"
)

// WasClosed is not known on this architecture.
func WasClosed(int) bool { return false }

// HasBlocked is false: on this architecture the runtime comes first.
func HasBlocked() bool { return false }

// CallersMask is not known on this architecture.
func CallersMask() uint64 { return 0 }

// FailedInit is nil: on this architecture init runs with the runtime.
func FailedInit() *bare.Init { return nil }

// Thread is one that no process here has.
type Thread struct{}

// AwaitThread finds none: on this architecture the runtime comes first.
func AwaitThread() (thread Thread, ok bool) { return thread, false }

// Made is never called.
func (Thread) Made() int { return 0 }

// Return is never called.
func (Thread) Return(int) error { return nil }

// CloneInit is never called.
func (Thread) CloneInit(*bare.InitClone, func()) {}

// Execute is never called.
func (Thread) Execute(*bare.Execution) syscall.Errno { return syscall.ENOSYS }

// End is never called.
func (Thread) End() {}

// Catch is never called.
func Catch(int) syscall.Errno { return syscall.ENOSYS }

// Early is nothing: on this architecture the runtime comes first.
func Early() uint64 { return 0 }

// Remember does nothing: the signals are the runtime's.
func Remember() syscall.Errno { return 0 }

// Release does nothing: the signals are the runtime's.
func Release() error { return nil }

// Default does nothing: what it is for was not seen on this architecture.
func Default() error { return nil }
