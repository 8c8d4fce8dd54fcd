package initproc

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/child/bare"
)

func TestExitCode(t *testing.T) {
	tests := map[unix.WaitStatus]int{
		0:                                    0,
		1 << 8:                               1,
		7 << 8:                               7,
		255 << 8:                             255,
		unix.WaitStatus(unix.SIGKILL):        137,
		unix.WaitStatus(unix.SIGTERM):        143,
		unix.WaitStatus(unix.SIGINT):         130,
		unix.WaitStatus(unix.SIGSEGV):        139,
		unix.WaitStatus(unix.SIGSEGV) | 0x80: 139, // with a core dump
		64:                                   192, // SIGRTMAX
	}
	for status, want := range tests {
		if got := bare.ExitCode(status); got != want {
			t.Errorf("ExitCode(%#x) = %d, want %d", uint32(status), got, want)
		}
	}
}

func TestNamespaceCause(t *testing.T) {
	tests := map[error]string{
		unix.EPERM:  "CAP_SYS_ADMIN",
		unix.ENOSPC: "max_*_namespaces",
		unix.EAGAIN: "ulimit -u",
		unix.EINVAL: "this kernel lacks",
		unix.ENOENT: "is /proc mounted?",
	}
	for err, want := range tests {
		if got := namespaceCause(err); !strings.Contains(got, want) || !strings.HasPrefix(got, " (") {
			t.Errorf("namespaceCause(%v) = %q, want %q in it", err, got, want)
		}
	}
	if got := namespaceCause(unix.EIO); got != "" {
		t.Errorf("namespaceCause(EIO) = %q, want nothing made up", got)
	}
}
