package detached

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/sirupsen/logrus"

	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/events"
	"github.com/mydocker/mydocker/container/state"
)

// TellLost tells the journal of the end of a run whose supervisor was killed, and could not. Who starts
// or removes the container does so: afterwards its record does not say any more that it runs.
func TellLost(stateDir string, r *state.Record) {
	if r.Status == state.StatusRunning || r.Status == state.StatusPaused {
		events.Write(stateDir, events.OfContainer(events.Die, r.ID, r.Name, r.Image, r.Config.Labels, "exitCode", strconv.Itoa(CodeKilled)))
	}
}

// clearEarlier removes what a supervisor has left that was killed, or could not go on for its files were spoiled.
func clearEarlier(c *state.Container) error {
	switch c.Status {
	case state.StatusRunning, state.StatusPaused, state.StatusRestarting, "": // which nobody can read, or in the foreground
	default:
		return nil
	}
	s, err := LoadSpec(c.Path)
	if err != nil {
		return container.KillEarlier(c)
	}
	log := logrus.New()
	log.SetOutput(io.Discard)
	config := &container.Config{Spec: s.Spec, Supervised: &container.Supervised{Container: c}}
	if err := container.ClearEarlier(config, log); err != nil {
		return fmt.Errorf("container %s: %w", c.ID, err)
	}
	return nil
}

// clearedFirst is for a container that does not run: what a supervisor has left that was killed is ended
// before anything else.
func clearedFirst(do func(*state.Container) error) func(*state.Container) error {
	return func(c *state.Container) error {
		err := clearEarlier(c)
		if err == nil {
			err = do(c)
		}
		return errors.Join(err, c.Close())
	}
}
