package container

import (
	"strconv"
	"strings"

	"github.com/mydocker/mydocker/container/events"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/utils"
)

// execEvents tells the journal of a command in a container that stays; nil tells nothing.
type execEvents struct {
	state, id, command string
	record             *state.Record
}

// newExecEvents begins with the first of them. Of a container in the foreground, for which r is nil,
// there is no journal.
func newExecEvents(stateDir string, r *state.Record, command []string) *execEvents {
	if r == nil {
		return nil
	}
	id, err := utils.NewID()
	if err != nil {
		return nil
	}
	e := &execEvents{state: stateDir, id: id, command: ": " + strings.Join(command, " "), record: r}
	e.write(events.ExecCreate + e.command)
	return e
}

func (e *execEvents) started() {
	if e != nil {
		e.write(events.ExecStart + e.command)
	}
}

func (e *execEvents) ended(code int) { e.write(events.ExecDie, "exitCode", strconv.Itoa(code)) }

func (e *execEvents) left() { e.write(events.ExecDetach) }

func (e *execEvents) write(action string, more ...string) {
	if e == nil {
		return
	}
	r := e.record
	events.Write(e.state, events.OfContainer(action, r.ID, r.Name, r.Image, r.Config.Labels, append(more, "execID", e.id)...))
}
