package container

import "github.com/mydocker/mydocker/container/events"

// event tells the journal of a run of an image in the foreground. Of one that stays its supervisor and
// the commands tell; of one without an image nobody does, for there may be very many.
func (r *run) event(action string, more ...string) {
	config := r.config
	if config.Root.Image == "" || config.Supervised != nil {
		return
	}
	events.Write(config.State, events.OfContainer(action, r.id, config.Name, config.Root.Image, config.Says.Labels, more...))
}

// tellCreated tells that there is a container, while init starts.
func (r *run) tellCreated() {
	r.created = true
	r.event(events.Create)
	r.event(events.Attach)
}

// tellDestroyed tells that it is gone again.
func (r *run) tellDestroyed() {
	if r.created && !r.config.stays() {
		r.event(events.Destroy)
	}
}
