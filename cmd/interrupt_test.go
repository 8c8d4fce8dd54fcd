package cmd

import (
	"errors"
	"os"
	"syscall"
	"testing"
)

// A signal ends a wait that would last, and not one that is about to end.
func TestWaitOr(t *testing.T) {
	forever, failure := make(chan error), errors.New("failed")
	tests := []struct {
		name   string
		signal bool
		wait   func() error
		want   error
		status int
	}{
		{"done", false, func() error { return nil }, nil, 0},
		{"failed", false, func() error { return failure }, failure, codeRuntime},
		{"waits", true, func() error { return <-forever }, nil, 143},
	}
	for _, test := range tests {
		caught := make(chan os.Signal, 1)
		if test.signal {
			caught <- syscall.SIGTERM
		}
		err := waitOr("wait", caught, test.wait)
		if got := exitCode(err); got != test.status || test.want != nil && err != test.want {
			t.Errorf("%s: %v, status %d; want %v, %d", test.name, err, got, test.want, test.status)
		}
	}
}
