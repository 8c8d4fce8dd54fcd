package utils

import (
	"errors"
	"slices"
	"testing"
)

func TestUndoRunsInReverse(t *testing.T) {
	var undo Undo
	var order []int
	for i := range 4 {
		undo.Add(func() error {
			order = append(order, i)
			return nil
		})
	}
	if err := undo.Run(); err != nil {
		t.Errorf("Run() = %v", err)
	}
	if want := []int{3, 2, 1, 0}; !slices.Equal(order, want) {
		t.Errorf("order %v, want %v", order, want)
	}
}

func TestUndoJoinsErrorsAndGoesOn(t *testing.T) {
	first, last := errors.New("first"), errors.New("last")
	ran := 0
	var undo Undo
	for _, err := range []error{first, nil, last} {
		undo.Add(func() error {
			ran++
			return err
		})
	}
	err := undo.Run()
	if ran != 3 {
		t.Errorf("%d actions ran, want 3", ran)
	}
	if !errors.Is(err, first) || !errors.Is(err, last) {
		t.Errorf("Run() = %v, want both errors", err)
	}
	if got, want := err.Error(), "last\nfirst"; got != want {
		t.Errorf("Run() = %q, want %q", got, want)
	}
}

func TestUndoRunsOnce(t *testing.T) {
	var undo Undo
	ran := 0
	undo.Add(func() error {
		ran++
		return errors.New("once")
	})
	if err := undo.Run(); err == nil {
		t.Error("the first Run() lost the error")
	}
	if err := undo.Run(); err != nil || ran != 1 {
		t.Errorf("the second Run() = %v, action ran %d times; want nothing left to do", err, ran)
	}
}

// An action may itself end the run: what is left must not run twice.
func TestUndoRunFromAnAction(t *testing.T) {
	var undo Undo
	var order []string
	undo.Add(func() error { order = append(order, "outer"); return nil })
	undo.Add(func() error { order = append(order, "inner"); return undo.Run() })
	if err := undo.Run(); err != nil {
		t.Error(err)
	}
	if want := []string{"inner", "outer"}; !slices.Equal(order, want) {
		t.Errorf("order %v, want %v", order, want)
	}
}

func TestUndoZeroValue(t *testing.T) {
	if err := new(Undo).Run(); err != nil {
		t.Errorf("Run() of nothing = %v", err)
	}
}
