package utils

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"
)

func TestWithSignalMask(t *testing.T) {
	const mask = 1 << (unix.SIGUSR1 - 1)
	var inside unix.Sigset_t
	err := WithSignalMask(mask, func() error { return unix.PthreadSigmask(unix.SIG_BLOCK, nil, &inside) })
	if err != nil || inside.Val[0]&mask == 0 {
		t.Errorf("%x, %v", inside.Val[0], err)
	}
	failed := errors.New("failed")
	if err := WithSignalMask(mask, func() error { return failed }); !errors.Is(err, failed) {
		t.Error(err)
	}
}
