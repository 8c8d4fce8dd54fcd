// Package utils holds small helpers that know nothing of containers.
package utils

import "errors"

// Undo is a stack of clean-up actions. Push one as each thing is acquired;
// Run takes them back in reverse order. The zero value is ready to use.
type Undo struct {
	actions []func() error
}

// Add pushes an action.
func (u *Undo) Add(action func() error) {
	u.actions = append(u.actions, action)
}

// Run executes and drops all actions, the last one first, and returns their
// errors joined. An action that fails does not keep the others from running,
// and a second call finds nothing left to do.
func (u *Undo) Run() error {
	var errs []error
	for len(u.actions) > 0 {
		last := len(u.actions) - 1
		action := u.actions[last]
		u.actions = u.actions[:last]
		errs = append(errs, action())
	}
	return errors.Join(errs...)
}
