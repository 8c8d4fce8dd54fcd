package detached

import (
	"errors"
	"fmt"
	"time"

	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/events"
	"github.com/mydocker/mydocker/container/session"
	"github.com/mydocker/mydocker/container/state"
)

// RunningError says that a container runs, and is not removed therefore.
type RunningError struct{ ID string }

func (e *RunningError) Error() string {
	return fmt.Sprintf("container %s is running: stop it before removing it, or force removal with rm -f", e.ID)
}

// RemoveOptions are how a container is removed.
type RemoveOptions struct {
	Force   bool // one that runs is killed before
	Volumes bool // those of its volumes that nobody has named go, too
}

// Remove removes a container, also one whose record is damaged.
func Remove(stateDir, name string, o *RemoveOptions) error {
	alone := func(c *state.Container) error { return errors.Join(removeAlone(stateDir, c, o), c.Close()) }
	ended := false
	live := func(conn *session.Conn, found *state.Listed) error {
		if !o.Force && (found.Status == state.StatusExited || hasJustStarted(found)) { // it is looked at again
			return &session.NoSupervisorError{Err: errors.New("it is ending")}
		}
		if !o.Force {
			return &RunningError{found.ID}
		}
		// A start may have come before the removal: then it is another supervisor that is asked.
		if _, err := asked(conn, &session.Request{Op: session.OpRemove, By: by("rm")}); err != nil {
			return err
		}
		ended = true
		return &session.NoSupervisorError{Err: errors.New("it is ending")} // and then the container is the caller's
	}
	err := lookup{state.OpenToRemove, state.FindToRemove}.use(stateDir, name, live, alone)
	if missing := (*state.NotFoundError)(nil); ended && errors.As(err, &missing) {
		return nil // its supervisor, or another rm, has removed it
	}
	return err
}

// hasJustStarted reports whether a container may be one that ends as soon as it runs. Scripts that
// remove it without a wait know Docker's rm, which takes longer to begin than such a container to end.
func hasJustStarted(found *state.Listed) bool {
	const young = 100 * time.Millisecond
	if found.Started == nil {
		return false
	}
	age := time.Since(*found.Started)
	return age >= 0 && age < young // a clock may have jumped
}

// removeAlone removes a container that the caller has for itself.
func removeAlone(stateDir string, c *state.Container, o *RemoveOptions) error {
	err := clearEarlier(c)
	if err == nil {
		err = c.Remove(container.RemoveTree)
	}
	if err != nil {
		return err
	}
	TellLost(stateDir, &c.Record)
	events.Write(stateDir, events.OfContainer(events.Destroy, c.ID, c.Name, c.Image, c.Config.Labels))
	if !o.Volumes {
		return nil
	}
	return container.RemoveAnonymous(stateDir, c.Volumes, container.RemoveTree)
}
