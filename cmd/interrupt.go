package cmd

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/mydocker/mydocker/container/entry"
	"github.com/mydocker/mydocker/utils"
)

// interruptedError says that a signal ended what mydocker itself waited for.
type interruptedError struct {
	what   string
	signal os.Signal
}

func (e *interruptedError) Error() string {
	return fmt.Sprintf("%s: given up because of %s", e.what, utils.SignalName(e.number()))
}

func (e *interruptedError) number() syscall.Signal {
	if number, is := e.signal.(syscall.Signal); is { // as all are
		return number
	}
	return 0
}

// code is what a shell says of a program that a signal has ended.
func (e *interruptedError) code() int { return 128 + int(e.number()) }

// interruptible calls what may have to wait for somebody else, such as who writes to
// a named pipe, before there is a container. SIGTERM, SIGINT, SIGHUP and SIGQUIT end
// that wait, and what else would have the Go runtime end mydocker with a dump.
func interruptible(what string, wait func() error) error {
	caught := make(chan os.Signal, 1)
	if err := notifyEnding(caught); err != nil {
		return err
	}
	defer signal.Stop(caught)
	err := waitOr(what, caught, wait)
	if errno := entry.Remember(); errno != 0 {
		return errors.Join(err, fmt.Errorf("catch signals: %w", errno))
	}
	select {
	case sig := <-caught: // at the last moment
		return &interruptedError{what, sig}
	default:
		return err
	}
}

// notifyEnding has signals sent to caught: those with which people and service managers
// end a program, and those for which the Go runtime does. It leaves out what the caller
// had mydocker ignore. A signal that has come since the start is sent, too.
func notifyEnding(caught chan<- os.Signal) error {
	const set = entry.Ending | entry.Rare
	for sig := syscall.Signal(1); set>>(sig-1) != 0; sig++ {
		if set>>(sig-1)&1 == 1 && !signal.Ignored(sig) {
			signal.Notify(caught, sig)
		}
	}
	if err := entry.Release(); err != nil {
		return fmt.Errorf("catch signals: %w", err)
	}
	return nil
}

// grace is how long mydocker goes on with its last work when a signal has come. What
// waits for nobody is done by then.
const grace = 100 * time.Millisecond

// waitOr calls wait, and gives it up when a signal comes.
func waitOr(what string, caught <-chan os.Signal, wait func() error) error {
	done := make(chan error, 1)
	go func() { done <- wait() }()
	select {
	case err := <-done:
		return err
	case sig := <-caught:
		return &interruptedError{what, sig}
	}
}
