package containers

import (
	"fmt"
	"time"

	"github.com/docker/go-units"

	"github.com/mydocker/mydocker/cmd/images/table"
	"github.com/mydocker/mydocker/container/state"
)

// statusOf says in Docker's words how a container is, and for how long. boot is the boot of the
// host that goes on.
func statusOf(l *state.Listed, boot string, now time.Time) string {
	switch l.Now() {
	case state.StatusRunning:
		return "Up " + upFor(l, now) + healthOf(l)
	case state.StatusPaused:
		return "Up " + upFor(l, now) + " (Paused)"
	case state.StatusRestarting:
		return fmt.Sprintf("Restarting (%d) %s", l.ExitCode, ago(l.Exited, now))
	case state.StatusCreated:
		return "Created"
	case state.StatusDead:
		return "Dead" + whyDead(l, boot)
	}
	if l.Exited == nil { // its mydocker was killed: nobody knows how it ended
		return "Exited (unknown)"
	}
	return fmt.Sprintf("Exited (%d) %s", l.ExitCode, ago(l.Exited, now))
}

func upFor(l *state.Listed, now time.Time) string {
	since := l.Created
	if l.Started != nil {
		since = *l.Started
	}
	return units.HumanDuration(now.Sub(since))
}

func healthOf(l *state.Listed) string {
	switch l.HealthStatus {
	case "":
		return ""
	case state.HealthStarting:
		return " (health: starting)"
	}
	return " (" + l.HealthStatus + ")"
}

// whyDead says why nobody knows how a container has ended.
func whyDead(l *state.Listed, boot string) string {
	switch {
	case l.Running: // somebody removes it
		return ""
	case l.Boot != "" && boot != "" && l.Boot != boot:
		return " (host rebooted)"
	}
	return " (supervisor killed)"
}

// ago says how long ago something was, also where that is not known.
func ago(then *time.Time, now time.Time) string {
	if then == nil {
		return table.Unknown
	}
	return table.Since(*then, now)
}
