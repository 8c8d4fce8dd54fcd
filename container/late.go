package container

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/mydocker/mydocker/utils"
)

// Late tells when mydocker no longer waits for those who read what is left when the
// command has ended: the last of its output, an explanation, a report. That is when a
// signal comes that ends a program, or a limit on time is reached.
type Late struct {
	signals  chan os.Signal
	deadline time.Time      // none if it is zero
	reached  bool           // a limit on time is
	asked    syscall.Signal // the one that came before the command ended, or 0
	caught   os.Signal      // the one that came since
}

// NewLate returns one for a single run.
func NewLate() *Late { return &Late{signals: make(chan os.Signal, 1)} }

// Signals returns where a signal goes that is no longer the command's.
func (l *Late) Signals() chan os.Signal { return l.signals }

// lookPause is the time between two looks at a reader.
const lookPause = 50 * time.Millisecond

// Await waits for done. Where it is late, it waits on for as long as there is
// something to see of the reader, and then gives up.
func (l *Late) Await(done <-chan struct{}, stalled func() bool) (gaveUp bool) {
	if !l.isLate() {
		var expired <-chan time.Time
		if !l.deadline.IsZero() {
			timer := time.NewTimer(time.Until(l.deadline))
			defer timer.Stop()
			expired = timer.C
		}
		select {
		case <-done:
			return false
		case l.caught = <-l.signals:
		case <-expired:
			l.reached = true
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

func (l *Late) isLate() bool {
	select {
	case l.caught = <-l.signals:
	default:
	}
	return l.reached || l.asked != 0 || l.caught != nil
}

// For returns what is stalled when it is asked for the first time after so long.
func For(patience time.Duration) (stalled func() bool) {
	var end time.Time
	return func() bool {
		if end.IsZero() {
			end = time.Now().Add(patience)
		}
		return time.Now().After(end)
	}
}

// LateError says that somebody did not read in time.
type LateError struct {
	What string
	late *Late
}

// Err returns the error of who gave something up.
func (l *Late) Err(what string) error { return &LateError{what, l} }

// SinceEnd reports whether it became late when the command had ended, so that its own
// status does not tell of it.
func (l *Late) SinceEnd() bool { return l.reached || l.caught != nil }

func (e *LateError) Error() string {
	sig, is := e.late.caught.(syscall.Signal)
	if !is {
		sig = e.late.asked
	}
	if sig != 0 {
		return fmt.Sprintf("%s: given up because of %s", e.What, utils.SignalName(sig))
	}
	return e.What + ": given up, nobody has read it in time"
}

// ExitCode is that of a mydocker that gave something up.
func (e *LateError) ExitCode() int { return e.late.code(128 + int(e.late.asked)) }

// code returns the exit code if something was given up: other, if only the end of the
// command tells.
func (l *Late) code(other int) int {
	switch sig, is := l.caught.(syscall.Signal); {
	case is:
		return 128 + int(sig)
	case l.reached:
		return CodeTimedOut
	}
	return other
}
