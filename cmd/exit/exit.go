// Package exit has the errors by which a command says how mydocker is to end. What code
// that is, package cmd decides, in one place.
package exit

import "fmt"

// UsageError says that the command line is wrong.
type UsageError struct{ Message string }

func (e *UsageError) Error() string { return e.Message }

// Usage is a UsageError.
func Usage(message string) error { return &UsageError{Message: message} }

// Status carries an exit code that is no failure of mydocker's: that of a command which ran,
// or what a command of mydocker's own tells by it.
type Status int

func (s Status) Error() string { return fmt.Sprintf("the command ended with status %d", int(s)) }
