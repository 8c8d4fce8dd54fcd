package detached

import (
	"fmt"
	"io"

	"github.com/sirupsen/logrus"

	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/state"
)

// clearEarlier removes what a supervisor has left that was killed. One whose spec cannot be read has
// ended long ago, as far as anybody can tell: what there may be of it goes with the next run.
func clearEarlier(c *state.Container) error {
	switch c.Status {
	case state.StatusRunning, state.StatusPaused, state.StatusRestarting:
	default:
		return nil
	}
	s, err := LoadSpec(c.Path)
	if err != nil {
		return nil
	}
	log := logrus.New()
	log.SetOutput(io.Discard)
	config := &container.Config{Spec: s.Spec, Supervised: &container.Supervised{Container: c}}
	if err := container.ClearEarlier(config, log); err != nil {
		return fmt.Errorf("container %s: %w", c.ID, err)
	}
	return nil
}
