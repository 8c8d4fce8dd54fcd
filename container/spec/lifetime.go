package spec

import (
	"errors"
	"syscall"
	"time"
)

// Lifetime says how long a container may live and how it is ended then.
type Lifetime struct {
	// Timeout is the most time from the execution of the command on, CPUTime
	// the most CPU time of all its processes together; 0 is no limit.
	Timeout, CPUTime time.Duration
	// StopSignal is what every process gets when the time is up, and SIGKILL
	// those that are still there when StopTimeout has passed. If it is negative, none
	// gets that, and if there is no such signal, all do at once.
	StopSignal  syscall.Signal
	StopTimeout time.Duration
}

// Validate checks that no limit in l is negative and nothing is missing.
func (l *Lifetime) Validate() error {
	if l.Timeout < 0 || l.CPUTime < 0 {
		return errors.New("a time limit is negative")
	}
	if l.Timeout+l.CPUTime > 0 && l.StopSignal <= 0 {
		return errors.New("a time limit without a signal to end the container")
	}
	return nil
}
