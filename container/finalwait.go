package container

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/mydocker/mydocker/utils"
)

// FinalWait is the wait for those who read what is left when the command has ended: the
// last of its output, an explanation, a report. It is over when a signal comes that ends
// a program, or a limit on time is reached.
type FinalWait struct {
	signals  chan os.Signal
	deadline time.Time      // none if it is zero
	reached  bool           // a limit on time is
	asked    syscall.Signal // the one that came before the command ended, or 0
	caught   os.Signal      // the one that came since
}

// NewFinalWait returns one for a single run.
func NewFinalWait() *FinalWait { return &FinalWait{signals: make(chan os.Signal, 1)} }

// Signals returns where a signal goes that is no longer the command's.
func (w *FinalWait) Signals() chan os.Signal { return w.signals }

// lookPause is the time between two looks at a reader.
const lookPause = 50 * time.Millisecond

// Await waits for done. When the wait is over, it still waits for as long as the reader
// has not stalled, and then gives up.
func (w *FinalWait) Await(done <-chan struct{}, stalled func() bool) (gaveUp bool) {
	if !w.isOver() {
		var expired <-chan time.Time
		if !w.deadline.IsZero() {
			timer := time.NewTimer(time.Until(w.deadline))
			defer timer.Stop()
			expired = timer.C
		}
		select {
		case <-done:
			return false
		case w.caught = <-w.signals:
		case <-expired:
			w.reached = true
		}
	}
	const enough = 2 // looks; where the whole machine stood still, the reader has just woken up, too
	for seen := 0; seen < enough; {
		select {
		case <-done:
			return false
		case <-time.After(lookPause):
			if stalled() {
				seen++
			} else {
				seen = 0
			}
		}
	}
	return true
}

func (w *FinalWait) isOver() bool {
	select {
	case w.caught = <-w.signals:
	default:
	}
	return w.reached || w.asked != 0 || w.caught != nil
}

// For returns what is stalled so long after it was first asked.
func For(limit time.Duration) (stalled func() bool) {
	var end time.Time
	return func() bool {
		if end.IsZero() {
			end = time.Now().Add(limit)
		}
		return time.Now().After(end)
	}
}

// UnreadError says that somebody did not read in time.
type UnreadError struct {
	What string
	wait *FinalWait
}

// Err returns the error of who gave something up.
func (w *FinalWait) Err(what string) error { return &UnreadError{what, w} }

// OverSinceEnd reports whether the wait was ended after the command, so that the
// command's own status does not tell of it.
func (w *FinalWait) OverSinceEnd() bool { return w.reached || w.caught != nil }

func (e *UnreadError) Error() string {
	sig, is := e.wait.caught.(syscall.Signal)
	if !is {
		sig = e.wait.asked
	}
	if sig != 0 {
		return fmt.Sprintf("%s: given up because of %s", e.What, utils.SignalName(sig))
	}
	return e.What + ": given up, nobody has read it in time"
}

// ExitCode is that of a mydocker that gave something up.
func (e *UnreadError) ExitCode() int { return e.wait.code(128 + int(e.wait.asked)) }

// code returns the exit code if something was given up: other, if only the end of the
// command tells.
func (w *FinalWait) code(other int) int {
	switch sig, is := w.caught.(syscall.Signal); {
	case is:
		return 128 + int(sig)
	case w.reached:
		return CodeTimedOut
	}
	return other
}
