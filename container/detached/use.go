package detached

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/faults"
	"github.com/mydocker/mydocker/container/session"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/utils"
)

// patience is how long a command waits for another that has the container for a moment.
const patience = 10 * time.Second

// NotRunningError says that a container does not run, and what cannot be done therefore.
type NotRunningError struct{ ID, Verb string }

func (e *NotRunningError) Error() string {
	return fmt.Sprintf("cannot %s container %s: it is not running", e.Verb, e.ID)
}

// RefusedError is what a supervisor has said instead of doing what it was asked for.
type RefusedError struct{ Message, Code string }

func (e *RefusedError) Error() string { return e.Message }

// lookup is how a container is opened that nobody else has, and found where somebody has it.
type lookup struct {
	open func(stateDir, name string) (*state.Container, error)
	find func(stateDir, name string) (state.Listed, error)
}

// use finds a container and does something with it: by its supervisor where it has one, and else
// alone, with its lock. Who has the lock for a moment, as when it is just being started or removed,
// is waited for.
func use(stateDir, name string, live func(*session.Conn, *state.Listed) error, alone func(*state.Container) error) error {
	return lookup{state.OpenToChange, state.Find}.use(stateDir, name, live, alone)
}

func (l lookup) use(stateDir, name string, live func(*session.Conn, *state.Listed) error, alone func(*state.Container) error) error {
	const longest = 50 * time.Millisecond
	pause := time.Millisecond
	for since := time.Now(); ; time.Sleep(pause) {
		pause = min(2*pause, longest)
		c, err := l.open(stateDir, name)
		if err == nil {
			return alone(c)
		}
		inUse := (*state.InUseError)(nil)
		if !errors.As(err, &inUse) {
			return err
		}
		found, err := l.find(stateDir, name)
		if err != nil {
			return err
		}
		conn, err := dial(&found)
		if err == nil { // it may have taken long, and its supervisor may have ended meanwhile
			err = errors.Join(faults.Around("ask the supervisor", func() error { return live(conn, &found) }), conn.Close())
			since = time.Now()
		}
		gone := (*session.NoSupervisorError)(nil)
		if !errors.As(err, &gone) {
			return err
		}
		if time.Since(since) > patience {
			return errors.Join(inUse, err)
		}
	}
}

// onReadOnly is a container that does not run, and that nobody can have, for its disk has become read-only: nil
// where err says something else.
func onReadOnly(stateDir, name string, err error) *state.Listed {
	if !errors.Is(err, unix.EROFS) {
		return nil
	}
	found, err := state.Find(stateDir, name)
	if err != nil || found.Running {
		return nil
	}
	return &found
}

// dial connects with the supervisor of a container.
func dial(found *state.Listed) (*session.Conn, error) {
	dir, err := utils.Open(found.Path, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW)
	if err != nil {
		return nil, &session.NoSupervisorError{Err: err}
	}
	conn, err := session.Dial(dir, state.ControlName)
	return conn, errors.Join(err, unix.Close(dir))
}

// dialAttach opens a session.
func dialAttach(found *state.Listed, attach *session.Attach) (*session.Conn, error) {
	conn, err := dial(found)
	if err != nil {
		return nil, err
	}
	_, err = asked(conn, &session.Request{Op: session.OpAttach, Attach: attach})
	if refused := (*RefusedError)(nil); errors.As(err, &refused) && refused.Code == session.CodeStopped {
		err = &NotRunningError{found.ID, "attach to"} // as it is said a moment later
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// request asks for one thing, and reads the answer.
func request(r *session.Request) func(*session.Conn, *state.Listed) error {
	return func(conn *session.Conn, found *state.Listed) error {
		_, err := asked(conn, r)
		return named(err, found)
	}
}

// named is an error that says which of several containers it is about.
func named(err error, found *state.Listed) error {
	if refused := (*RefusedError)(nil); errors.As(err, &refused) && !strings.Contains(refused.Error(), found.ID) {
		return fmt.Errorf("container %s: %w", found.ID, err)
	}
	return err
}

func asked(conn *session.Conn, r *session.Request) (*session.Reply, error) {
	reply, err := conn.Ask(r)
	if err == nil && reply.Code == session.CodeEnding {
		return nil, &session.NoSupervisorError{Err: errors.New("it is ending")}
	}
	if err == nil && reply.Error != "" {
		return nil, &RefusedError{reply.Error, reply.Code}
	}
	return reply, err
}

// by says who asks for something.
func by(verb string) string { return fmt.Sprintf("%s by user %d", verb, os.Getuid()) }
