package images

import (
	"github.com/mydocker/mydocker/container/events"
	"github.com/mydocker/mydocker/container/image"
)

// happened has events tell of an image: by its id, and by a name that counts in that, or the id.
func happened(state, action string, id image.Digest, names ...image.Reference) {
	if len(names) == 0 {
		events.Write(state, events.Of(events.TypeImage, action, string(id), string(id)))
	}
	for _, name := range names {
		events.Write(state, events.Of(events.TypeImage, action, string(id), name.Familiar()))
	}
}
