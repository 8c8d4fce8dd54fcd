package containers

import (
	"github.com/mydocker/mydocker/container/events"
	"github.com/mydocker/mydocker/container/state"
)

// tell tells the journal of what was done with a container; of one in the foreground nothing is.
func tell(dir, action string, r *state.Record, more ...string) {
	if r != nil && r.Status != "" {
		events.Write(dir, events.OfContainer(action, r.ID, r.Name, r.Image, r.Config.Labels, more...))
	}
}
