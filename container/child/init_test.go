package child

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/child/bare"
	"github.com/mydocker/mydocker/container/wire"
)

// A user who types "mydocker init" is told what it is, and nothing happens.
func TestInitOutsideAContainer(t *testing.T) {
	if err := RunContainerInitProcess(); !errors.Is(err, ErrNotStarted) {
		t.Errorf("RunContainerInitProcess() = %v, want ErrNotStarted", err)
	}
}

func TestDetail(t *testing.T) {
	tests := []struct {
		failed bare.Init
		want   string
	}{
		{bare.Init{Step: wire.StepLookUp, Operand: "no-such", Errno: unix.ENOENT}, ""},
		{bare.Init{Step: wire.StepLookUp, Operand: "/etc/passwd", Errno: unix.EACCES}, ""},
		{bare.Init{Step: wire.StepMountProc, Operand: "/proc", Errno: unix.ENOENT}, ""},
		{
			bare.Init{Step: wire.StepExec, Operand: "/dev/null", Errno: unix.ENOEXEC},
			"it is neither a program nor a script that starts with #!",
		},
	}
	for _, test := range tests {
		if got := detail(&test.failed); got != test.want {
			t.Errorf("%s %q: %q, want %q", test.failed.Step, test.failed.Operand, got, test.want)
		}
	}
}
