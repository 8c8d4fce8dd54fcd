// Package supervisor looks after a container that stays, from its start to its end.
package supervisor

import (
	"time"

	"github.com/mydocker/mydocker/container/state"
)

// The delays before a container is started again are Docker's: each is twice the one before, and a
// container that has run for settled begins with the first.
const (
	firstDelay = 100 * time.Millisecond
	maxDelay   = time.Minute
	settled    = 10 * time.Second
)

// Ended is what a policy looks at when a container has ended.
type Ended struct {
	ExitCode int
	// Ran is how long the command ran, 0 if it could not be started.
	Ran time.Duration
	// Restarts is how many times the policy has started it again, Delay how long it waited before
	// the last of them.
	Restarts int
	Delay    time.Duration
	// Stopped is whether a command has stopped it.
	Stopped bool
}

// Again reports whether a container is started again by its policy, and after which delay.
func (e *Ended) Again(policy state.RestartPolicy) (delay time.Duration, again bool) {
	if e.Stopped || !e.asksFor(policy) {
		return 0, false
	}
	if e.Delay <= 0 || e.Ran >= settled {
		return firstDelay, true
	}
	return 2 * min(e.Delay, maxDelay/2), true
}

func (e *Ended) asksFor(policy state.RestartPolicy) bool {
	switch policy.Name {
	case state.RestartAlways, state.RestartUnlessStopped:
		return true
	case state.RestartOnFailure:
		return e.ExitCode != 0 && (policy.Max == 0 || e.Restarts < policy.Max)
	}
	return false
}

// AtBoot reports whether a container that does not run is started after a boot of the host. One
// that was never started is not; on-failure is about the command's end alone.
func AtBoot(record *state.Record) bool {
	if !record.Supervised || record.Started == nil {
		return false
	}
	switch record.Restart.Name {
	case state.RestartAlways:
		return true
	case state.RestartUnlessStopped:
		return !record.Stopped
	}
	return false
}
