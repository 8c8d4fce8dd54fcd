package full

import (
	"github.com/mydocker/mydocker/container/entry"
	"github.com/mydocker/mydocker/utils"
)

// withCallersMask calls start with the signals blocked that the caller of mydocker has blocked:
// a child gets them so, and not what a run blocks.
func withCallersMask(start func() error) error {
	if !entry.HasBlocked() {
		return start()
	}
	return utils.WithSignalMask(entry.CallersMask(), start)
}
