package lifecycle

import (
	"errors"
	"fmt"

	"github.com/mydocker/mydocker/container/faults"
	"github.com/mydocker/mydocker/container/initproc"
)

// step is one thing that a verb does on a T. Its name is in every error about it.
type step[T any] struct {
	name string
	do   func(T) error
}

// Done is told the name of each step that is done; nil for nobody.
type Done func(step string)

// work does steps in their order, until one fails.
func work[T any](on T, steps []step[T], done Done) error {
	for _, s := range steps {
		if err := faults.Around(s.name, func() error { return s.do(on) }); err != nil {
			return inStep(s.name, err)
		}
		if done != nil {
			done(s.name)
		}
	}
	return nil
}

// refusal is an error that says all, also that a verb has not begun.
type refusal struct{ error }

// Unwrap implements errors.Unwrap.
func (r refusal) Unwrap() error { return r.error }

// refuse has an error be told without the step that it comes from.
func refuse(text string) error { return refusal{errors.New(text)} }

// inStep names the step in an error, but where the error says all.
func inStep(name string, err error) error {
	var init *initproc.InitError
	var refused refusal
	if errors.As(err, &init) || errors.As(err, &refused) {
		return err
	}
	return fmt.Errorf("%s: %w", name, err)
}

// Steps lists the names of what the verbs do, in order, by the verb: what can go wrong.
func Steps() map[string][]string {
	return map[string][]string{
		"create": names(createSteps()), "start": names(startSteps()), "exec": names(execSteps()), "delete": names(deleteSteps()),
	}
}

func names[T any](steps []step[T]) (all []string) {
	for _, s := range steps {
		all = append(all, s.name)
	}
	return all
}
