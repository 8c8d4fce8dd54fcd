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

func TestExitCode(t *testing.T) {
	failure := func(step string, errno unix.Errno) error {
		return &container.StepError{Step: "await the command", Err: &initproc.InitError{Status: wire.Status{Step: step, Errno: errno}}}
	}
	tests := []struct {
		err  error
		want int
	}{
		{nil, 0},
		{exit.Status(7), 7},
		{exit.Status(125), 125},
		{exit.Status(255), 255},
		{fmt.Errorf("wrapped: %w", exit.Status(137)), 137},
		// The log could not be closed, but the command ran: its status counts.
		{errors.Join(exit.Status(3), errors.New("close the log")), 3},
		{failure(wire.StepLookUp, unix.ENOENT), codeNotFound},
		{failure(wire.StepLookUp, unix.EACCES), codeNotExecutable},
		{failure(wire.StepLookUp, unix.EISDIR), codeNotExecutable},
		{failure(wire.StepExec, unix.ENOENT), codeNotFound},
		{failure(wire.StepExec, unix.ENOEXEC), codeNotExecutable},
		{failure(wire.StepMountProc, unix.ENOENT), codeRuntime},
		{&container.StepError{Step: "create cgroups", Err: unix.ENOENT}, codeRuntime},
		{exit.Usage("x"), codeRuntime},
		{exit.Failed(nil, errors.New("no such image")), codeFailed},
		{exit.Failed(nil, nil), 0},
		{&exit.FailedError{Errors: []error{errors.New("no such image")}, Forced: true}, 0},
		{errors.New("anything else"), codeRuntime},
	}
	for _, test := range tests {
		if got := exitCode(test.err); got != test.want {
			t.Errorf("exitCode(%v) = %d, want %d", test.err, got, test.want)
		}
	}
}
