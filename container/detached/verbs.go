package detached

import (
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/mydocker/mydocker/container/events"
	"github.com/mydocker/mydocker/container/session"
	"github.com/mydocker/mydocker/container/state"
)

// Start starts a container that does not run; one that runs it leaves alone. With attach it returns
// a session that is connected before the command begins.
func Start(stateDir, name string, attach *session.Attach) (conn *session.Conn, err error) {
	live := func(c *session.Conn, found *state.Listed) (err error) {
		if attach == nil {
			_, err = asked(c, &session.Request{Op: session.OpStart})
		} else {
			conn, err = dialAttach(found, attach)
		}
		return err
	}
	alone := func(c *state.Container) (err error) {
		if !c.Supervised {
			return errors.Join(fmt.Errorf("container %s was run in the foreground by another mydocker, and cannot be started again", c.ID), c.Close())
		}
		conn, err = Launch(stateDir, c, attach)
		return err
	}
	if err := use(stateDir, name, live, alone); err != nil {
		return nil, err
	}
	return conn, nil
}

// Attach connects with the streams of a container that runs.
func Attach(stateDir, name string, attach *session.Attach) (conn *session.Conn, err error) {
	live := func(_ *session.Conn, found *state.Listed) (err error) {
		conn, err = dialAttach(found, attach)
		return err
	}
	return conn, use(stateDir, name, live, notRunning("attach to"))
}

// StopOptions say how a container is stopped.
type StopOptions struct {
	// Signal is 0 for the container's own, Timeout nil for the container's own and less than 0 for ever.
	Signal  syscall.Signal
	Timeout *time.Duration
	// Stays keeps one with AutoRemove.
	Stays bool
	// Verb is the command's name, for the record.
	Verb string
}

// Stop ends a container, and waits for that. One that does not run it leaves alone.
func Stop(stateDir, name string, o *StopOptions) error {
	r := &session.Request{Op: session.OpStop, By: by(o.Verb), Signal: int(o.Signal), Timeout: o.Timeout, Stays: o.Stays}
	err := use(stateDir, name, request(r), clearedFirst(func(*state.Container) error { return nil }))
	if ended := onReadOnly(stateDir, name, err); ended != nil {
		return nil
	}
	return err
}

// Restart stops a container, and starts it.
func Restart(stateDir, name string, o *StopOptions) error {
	found, err := state.Find(stateDir, name)
	if err != nil {
		return err
	}
	if err := Stop(stateDir, found.ID, o); err != nil {
		return err
	}
	return startAfter(stateDir, found.ID, found.Started)
}

// startAfter starts a container whose supervisor may not have gone yet. One that was started later than
// at a time runs again already.
func startAfter(stateDir, id string, last *time.Time) error {
	ending := func(_ *session.Conn, found *state.Listed) error {
		if now := found.Started; now != nil && (last == nil || !now.Equal(*last)) {
			return nil
		}
		return &session.NoSupervisorError{Err: errors.New("it is ending")}
	}
	return use(stateDir, id, ending, func(c *state.Container) error {
		_, err := Launch(stateDir, c, nil)
		return err
	})
}

// Kill sends a signal to PID 1 of a container.
func Kill(stateDir, name string, sig syscall.Signal) error {
	r := &session.Request{Op: session.OpKill, By: by("kill"), Signal: int(sig)}
	return use(stateDir, name, request(r), notRunning("kill"))
}

// Pause stops all processes of a container, Resume lets them go on.
func Pause(stateDir, name string) error {
	return use(stateDir, name, request(&session.Request{Op: session.OpPause, By: by("pause")}), notRunning("pause"))
}

// Resume is the reverse of Pause.
func Resume(stateDir, name string) error {
	return use(stateDir, name, request(&session.Request{Op: session.OpResume, By: by("unpause")}), notRunning("unpause"))
}

// notRunning refuses what needs a container that runs.
func notRunning(verb string) func(*state.Container) error {
	return clearedFirst(func(c *state.Container) error { return &NotRunningError{c.ID, verb} })
}

// Wait waits until a container does not run, or is gone, and returns its exit code.
func Wait(stateDir, name string) (code int, err error) {
	found, err := state.Find(stateDir, name)
	if err != nil {
		return 0, err
	}
	live := func(conn *session.Conn, _ *state.Listed) error {
		reply, err := asked(conn, &session.Request{Op: session.OpWait})
		if err == nil {
			code = reply.ExitCode
		}
		return err
	}
	err = use(stateDir, found.ID, live, clearedFirst(func(c *state.Container) error {
		code = CodeOf(&c.Record)
		return nil
	}))
	if ended := onReadOnly(stateDir, found.ID, err); ended != nil {
		return CodeOf(&ended.Record), nil
	}
	return code, err
}

// CodeKilled is the exit code of a container whose supervisor, or host, has ended before it could say
// how the container did: all of it was killed.
const CodeKilled = 137

// CodeOf is the exit code of a container that does not run.
func CodeOf(r *state.Record) int {
	switch r.Status {
	case state.StatusRunning, state.StatusPaused, state.StatusRestarting:
		return CodeKilled
	}
	return r.ExitCode
}

// Rename gives a container another name.
func Rename(stateDir, name, newName string) error {
	r := &session.Request{Op: session.OpRename, By: by("rename"), Name: newName}
	return use(stateDir, name, request(r), func(c *state.Container) error {
		old := c.Name
		err := c.Rename(newName)
		if err == nil {
			events.Write(stateDir, events.OfContainer(events.Rename, c.ID, newName, c.Image, c.Config.Labels, "oldName", "/"+old))
		}
		return errors.Join(err, c.Close())
	})
}
