// Package events keeps a journal of what happens to containers, images and volumes: a line of
// JSON each, below the directory of mydocker's state.
//
// Nothing depends on the journal: an event that cannot be written is lost, and what it tells of
// is done all the same. Each line is one write to a file that is open for appending, so that no
// lock is needed. A file that is full becomes the previous one, of which there is one; who reads
// has both, and so loses nothing that comes late.
package events

import "time"

// Event is something that has happened.
type Event struct {
	// Time is in nanoseconds since 1970; 0 is when it is written.
	Time int64 `json:"time"`
	// Type is what it happened to, one of the Type constants, and ID which one: an image's digest, a
	// volume's name.
	Type   string `json:"type"`
	Action string `json:"action"`
	ID     string `json:"id"`
	// Attributes are what is told of it: of a container "name" and "image", and its labels.
	Attributes map[string]string `json:"attributes,omitempty"`
}

// What things happen to.
const (
	TypeContainer = "container"
	TypeImage     = "image"
	TypeVolume    = "volume"
)

// What happens, in Docker's words.
const (
	Create       = "create"
	Start        = "start"
	Die          = "die" // exitCode
	OOM          = "oom"
	Stop         = "stop"
	Kill         = "kill" // signal
	Pause        = "pause"
	Unpause      = "unpause"
	Rename       = "rename" // oldName
	Update       = "update"
	Destroy      = "destroy"
	Attach       = "attach"
	Detach       = "detach"
	ExecCreate   = "exec_create"   // execID; behind it ": " and the command
	ExecStart    = "exec_start"    // the same
	ExecDie      = "exec_die"      // execID, exitCode
	ExecDetach   = "exec_detach"   // execID
	HealthStatus = "health_status" // behind it ": " and the status
	CopyOut      = "archive-path"
	CopyIn       = "extract-to-dir"
	Export       = "export"
	Commit       = "commit" // comment, imageID, imageRef

	Pull   = "pull"
	Tag    = "tag"
	Untag  = "untag"
	Delete = "delete"
	Load   = "load"
	Import = "import"

	Mount   = "mount"   // container, destination, driver, propagation, read/write
	Unmount = "unmount" // container, driver
)

// Of is an event of something with a name. Behind that come the keys and values of further
// attributes.
func Of(kind, action, id, name string, more ...string) *Event {
	e := &Event{Type: kind, Action: action, ID: id, Attributes: map[string]string{}}
	if name != "" {
		e.Attributes["name"] = name
	}
	for i := 0; i+1 < len(more); i += 2 {
		e.Attributes[more[i]] = more[i+1]
	}
	return e
}

// OfContainer is an event of a container. Its labels are attributes, but for those that bear the
// name of another one.
func OfContainer(action, id, name, image string, labels map[string]string, more ...string) *Event {
	e := Of(TypeContainer, action, id, name, append([]string{"image", image}, more...)...)
	for key, value := range labels {
		if _, is := e.Attributes[key]; !is {
			e.Attributes[key] = value
		}
	}
	return e
}

// When is the time of the event.
func (e *Event) When() time.Time { return time.Unix(0, e.Time) }
