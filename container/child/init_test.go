package child

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"mydocker/container/wire"
)

// A user who types "mydocker init" is told what it is, and nothing happens.
func TestInitOutsideAContainer(t *testing.T) {
	if err := RunContainerInitProcess(); !errors.Is(err, ErrNotStarted) {
		t.Errorf("RunContainerInitProcess() = %v, want ErrNotStarted", err)
	}
}

// The steps are those of package wire, in their order.
func TestSteps(t *testing.T) {
	want := []string{
		wire.StepReadConfig, wire.StepCloseFDs, wire.StepMountPrivate, wire.StepMountProc,
		wire.StepLoopback, wire.StepLookUp, wire.StepExec,
	}
	var got []string
	for _, s := range steps() {
		got = append(got, s.name)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("steps %q, want %q", got, want)
	}
}

func TestIsPipe(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[int]bool{int(reader.Fd()): true, int(writer.Fd()): true, int(file.Fd()): false, -1: false}
	for fd, want := range tests {
		if got := isPipe(fd); got != want {
			t.Errorf("isPipe(%d) = %v", fd, got)
		}
	}
	if err := errors.Join(reader.Close(), writer.Close(), file.Close()); err != nil {
		t.Error(err)
	}
}

func TestErrnoOf(t *testing.T) {
	tests := []struct {
		err  error
		want syscall.Errno
	}{
		{unix.ENOENT, unix.ENOENT},
		{&os.PathError{Op: "open", Path: "p", Err: unix.EACCES}, unix.EACCES},
		{errors.New("no errno"), unix.EIO},
	}
	for _, test := range tests {
		if got := errnoOf(test.err); got != test.want {
			t.Errorf("errnoOf(%v) = %v, want %v", test.err, got, test.want)
		}
	}
}

// What a step that fails at the end reports: that it was about to happen, so
// that the end of the pipe means success, and then why it did not.
func TestExecuteCommandFails(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c := &container{config: &wire.Config{Args: []string{"x"}}, command: "/no/such/command", status: writer}
	_, failed := executeCommand(c)
	if failed == nil || failed.errno != unix.ENOENT || failed.operand != c.command || failed.detail == "" {
		t.Errorf("executeCommand() failed with %+v", failed)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	told, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	status, rest, err := wire.ParseStatus(told)
	if want := (wire.Status{Step: wire.StepExec, Operand: c.command}); err != nil || len(rest) > 0 || *status != want {
		t.Errorf("told %+v, %q, %v; want %+v", status, rest, err, want)
	}
	if err := reader.Close(); err != nil {
		t.Error(err)
	}
}
