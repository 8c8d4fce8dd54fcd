package cmd

import (
	"errors"
	"fmt"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/initproc"
	"github.com/mydocker/mydocker/container/wire"
)

func TestFailureOf(t *testing.T) {
	ofInit := func(step string, errno unix.Errno) error {
		return &initproc.InitError{Status: wire.Status{Step: step, Operand: "x", Errno: errno}}
	}
	tests := []struct {
		err             error
		by, step, errno string // by is empty for no failure
	}{
		{nil, "", "", ""},
		{exit.Status(7), "", "", ""},
		{ofInit(wire.StepLookUp, unix.ENOENT), "command", wire.StepLookUp, "ENOENT"},
		{ofInit(wire.StepExec, unix.EACCES), "command", wire.StepExec, "EACCES"},
		{ofInit(wire.StepMountProc, unix.EPERM), "runtime", wire.StepMountProc, "EPERM"},
		{&container.StepError{Step: "create cgroups", Err: fmt.Errorf("mkdir: %w", unix.ENOSPC)}, "runtime", "create cgroups", "ENOSPC"},
		{&container.StepError{Step: "find cgroups", Err: errors.New("none")}, "runtime", "find cgroups", ""},
		{exit.Usage("run: no command given"), "runtime", stepUsage, ""},
	}
	for _, test := range tests {
		f := failureOf(test.err)
		if test.by == "" {
			if f != nil {
				t.Errorf("%v: %+v", test.err, f)
			}
			continue
		}
		errno := ""
		if f.ErrnoName != nil {
			errno = *f.ErrnoName
		}
		if *f.By != test.by || *f.Step != test.step || errno != test.errno || *f.Message != test.err.Error() {
			t.Errorf("%v: by %s, step %s, errno %q, %q", test.err, *f.By, *f.Step, errno, *f.Message)
		}
	}
}
