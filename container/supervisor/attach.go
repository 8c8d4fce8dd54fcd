package supervisor

import (
	"errors"
	"fmt"
	"time"

	"github.com/mydocker/mydocker/container/events"
	"github.com/mydocker/mydocker/container/faults"
	"github.com/mydocker/mydocker/container/session"
	"github.com/mydocker/mydocker/container/state"
)

// attachFirst connects the session of who has started the container, before the command begins.
func (s *supervisor) attachFirst(hub *Hub) error {
	conn := session.Taken(s.Attach)
	request := &session.Request{}
	if err := conn.ReceiveJSON(request); err != nil {
		return fmt.Errorf("read what is to be attached: %w", err)
	}
	if request.Attach == nil {
		return fmt.Errorf("a session asks for %q, and not for streams", request.Op)
	}
	s.config.Supervised.Rows, s.config.Supervised.Columns = request.Attach.Rows, request.Attach.Columns
	s.event(events.Attach)
	hub.Attach(conn, request.Attach)
	return nil
}

// readingTime is how long those who are Whole may take to read, when the container was to have ended:
// such as one that was stopped itself, by Ctrl-Z.
const readingTime = 2 * time.Second

// abandonLater sees to it that a container which was to end, and has, does not wait for its readers
// for ever.
func (s *supervisor) abandonLater() { time.AfterFunc(readingTime, s.streams.hub.Abandon) }

// attach connects a further session, which has its reply first. The caller holds answering until the
// hub knows it: who has the reply would take the end of this process image for that of a supervisor
// that was killed.
func (s *supervisor) attach(conn *session.Conn, asked *session.Attach) {
	reply := &session.Reply{}
	err := faults.Around("supervisor attach", func() error {
		return s.whileLive("attach to", func(r *state.Record) error {
			if r.Status == state.StatusPaused {
				return errors.New("you cannot attach to a paused container, unpause it first")
			}
			reply.TTY = r.TTY
			s.event(events.Attach)
			return nil
		})
	})
	tellFailure(reply, err)
	sendErr := conn.SendJSON(reply)
	if err != nil || sendErr != nil {
		s.logError("refuse a session", conn.Close())
		return
	}
	s.streams.hub.Attach(conn, asked)
}
