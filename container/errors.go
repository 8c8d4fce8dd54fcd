package container

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/initproc"
	"github.com/mydocker/mydocker/container/users"
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
	var init *initproc.InitError
	if errors.As(err, &init) {
		return err
	}
	return &StepError{name, WithCause(err)}
}

// explainError adds what on this host keeps ordinary users from user namespaces, if
// err may be due to that.
func (r *run) explainError(err error) error {
	var init *initproc.InitError
	ofInit := errors.As(err, &init)
	if ofInit {
		err = WithCause(err)
	}
	switch {
	case r.userNamespace == nil:
		return err
	case ofInit && init.Errno == unix.EACCES && !r.userNamespace.KeepsRoot():
		return fmt.Errorf("%w (outside, the container's users are %s)", err, r.userNamespace.Outside())
	case NotExecutable(err):
		return err
	}
	return users.WithRestriction(err)
}

// WithCause adds the likely cause to an error that any step, or what comes before them, may meet.
func WithCause(err error) error {
	switch {
	case errors.Is(err, unix.EMFILE):
		return fmt.Errorf("%w (the limit on open files is reached: ulimit -n)", err)
	case errors.Is(err, unix.ENFILE):
		return fmt.Errorf("%w (the host's limit on open files is reached: /proc/sys/fs/file-max)", err)
	}
	return err
}

// NotFound reports whether err means that the command does not exist in the
// container, or the interpreter that it names: as for shells and env(1), execve(2)
// has the word.
func NotFound(err error) bool {
	var e *initproc.InitError
	return errors.As(err, &e) && (e.Step == wire.StepLookUp || e.Step == wire.StepExec) && e.Errno == unix.ENOENT
}

// NoSuchCommand reports whether err means that there is no such command at all.
func NoSuchCommand(err error) bool {
	var e *initproc.InitError
	return errors.As(err, &e) && e.Step == wire.StepLookUp && e.Errno == unix.ENOENT
}

// NotExecutable reports whether err means that the command exists, but cannot
// be executed.
func NotExecutable(err error) bool {
	var e *initproc.InitError
	return errors.As(err, &e) && !NotFound(err) && (e.Step == wire.StepLookUp || e.Step == wire.StepExec)
}
