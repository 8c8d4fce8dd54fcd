package container

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// StepError says which step of a run failed; see steps for their names.
type StepError struct {
	Step string
	Err  error
}

func (e *StepError) Error() string { return e.Step + ": " + e.Err.Error() }

// Unwrap gives the cause to errors.Is and errors.As.
func (e *StepError) Unwrap() error { return e.Err }

// inStep says in which step err happened. A failure of init names a step of
// its own already.
func inStep(name string, err error) error {
	var init *InitError
	if errors.As(err, &init) {
		return err
	}
	return &StepError{name, withCause(err)}
}

// withCause adds the likely cause to an error that any step may meet.
func withCause(err error) error {
	switch {
	case errors.Is(err, unix.EMFILE):
		return fmt.Errorf("%w (the limit on open files is reached: ulimit -n)", err)
	case errors.Is(err, unix.ENFILE):
		return fmt.Errorf("%w (the host's limit on open files is reached: /proc/sys/fs/file-max)", err)
	}
	return err
}

// InitError is the failure of a step of the child, as it told it: the command
// was never executed.
type InitError struct {
	wire.Status
}

func (e *InitError) Error() string {
	message := fmt.Sprintf("%s: %s: %v", e.Step, e.Operand, e.Errno)
	detail := e.Detail
	if detail == "" {
		detail = worldCause(&e.Status)
	}
	if detail != "" {
		message += " (" + detail + ")"
	}
	return message
}

// Unwrap gives the errno to errors.Is.
func (e *InitError) Unwrap() error { return e.Errno }

// NotFound reports whether err means that the command does not exist in the
// container.
func NotFound(err error) bool {
	var e *InitError
	return errors.As(err, &e) && e.Step == wire.StepLookUp && e.Errno == unix.ENOENT
}

// NotExecutable reports whether err means that the command exists, but cannot
// be executed.
func NotExecutable(err error) bool {
	var e *InitError
	return errors.As(err, &e) && !NotFound(err) && (e.Step == wire.StepLookUp || e.Step == wire.StepExec)
}
