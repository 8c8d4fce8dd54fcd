// Package exit has the errors by which a command says how mydocker is to end. What code
// that is, package cmd decides, in one place.
package exit

import (
	"errors"
	"fmt"
	"slices"
)

// UsageError says that the command line is wrong.
type UsageError struct{ Message string }

func (e *UsageError) Error() string { return e.Message }

// Usage is a UsageError.
func Usage(message string) error { return &UsageError{Message: message} }

// Status carries an exit code that is no failure of mydocker's: that of a command which ran,
// or what a command of mydocker's own tells by it.
type Status int

func (s Status) Error() string { return fmt.Sprintf("the command ended with status %d", int(s)) }

// ErrEndless says that a command was ended by a signal which does not end otherwise, such as
// logs --follow. Nothing is said of it.
var ErrEndless = errors.New("a signal has ended it")

// ToldError is a failure that another command of mydocker, which was started for this one, has
// told of. Nothing more is said, and its status is this one's.
type ToldError struct{ Code int }

func (e *ToldError) Error() string { return fmt.Sprintf("it ended with status %d", e.Code) }

// FailedError says that what was named cannot be had or done, one error for each: mydocker
// ends with status 1, as Docker does where no container was to run. What could be done is done.
type FailedError struct {
	Errors []error
	// Forced has mydocker end with status 0 all the same, as where rmi --force finds nothing.
	Forced bool
}

func (e *FailedError) Error() string { return errors.Join(e.Errors...).Error() }

// Unwrap has errors.Is and errors.As look at each.
func (e *FailedError) Unwrap() []error { return e.Errors }

// Failed is a FailedError of those that are not nil, or nil if all are.
func Failed(errs ...error) error {
	errs = slices.DeleteFunc(slices.Clone(errs), func(err error) bool { return err == nil })
	if len(errs) == 0 {
		return nil
	}
	return &FailedError{Errors: errs}
}
