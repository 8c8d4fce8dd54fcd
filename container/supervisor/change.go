package supervisor

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/container/detached"
	"github.com/mydocker/mydocker/container/events"
	"github.com/mydocker/mydocker/container/faults"
	"github.com/mydocker/mydocker/container/session"
	"github.com/mydocker/mydocker/container/state"
)

func (s *supervisor) pause(request *session.Request) error {
	verb, status := events.Pause, state.StatusPaused
	if request.Op == session.OpResume {
		verb, status = events.Unpause, state.StatusRunning
	}
	return s.whileLive(verb, func(r *state.Record) error {
		if s.stopping && request.Op == session.OpPause { // the freezer of cgroup v1 keeps SIGKILL waiting
			return fmt.Errorf("cannot pause container %s: it is being stopped", s.ID)
		}
		if r.Status == status {
			word := "already"
			if status == state.StatusRunning {
				word = "not"
			}
			return fmt.Errorf("container %s is %s paused", s.ID, word)
		}
		change := s.freeze
		if request.Op == session.OpResume {
			change = s.thaw
		}
		err := change(r)
		if err == nil {
			s.event(verb)
		}
		return err
	})
}

// freeze pauses what runs. The record says so before it is so: what is left of a supervisor that is killed
// in between may be frozen, and is never without a record that tells.
func (s *supervisor) freeze(r *state.Record) error {
	s.health.Stop() // a check in a container that stands still would wait with it
	r.Status = state.StatusPaused
	err := s.container.Save()
	if err == nil {
		if err = faults.Around("freeze the processes", s.live.Pause); err == nil {
			return nil
		}
		r.Status = state.StatusRunning
		err = errors.Join(err, s.live.Resume(), s.container.Save())
	}
	r.Status = state.StatusRunning
	s.health.Start()
	return err
}

// thaw lets it go on. Where that cannot be recorded it counts as paused, so that the command can be given again.
func (s *supervisor) thaw(r *state.Record) error {
	if err := faults.Around("thaw the processes", s.live.Resume); err != nil {
		return err
	}
	r.Status = state.StatusRunning
	if err := s.container.Save(); err != nil {
		r.Status = state.StatusPaused
		return err
	}
	s.health.Start()
	return nil
}

func (s *supervisor) rename(request *session.Request) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.over {
		return isEnding()
	}
	old := s.container.Name
	err := s.container.Rename(request.Name)
	if err == nil {
		s.event(events.Rename, "oldName", "/"+old)
	}
	return err
}

// update changes the policy, and the limits, in a container that runs at once. The spec has them for
// the next start.
func (s *supervisor) update(u *session.Update) error {
	if u == nil {
		return errors.New("nothing to update was named")
	}
	<-s.settled
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.over || s.failed != nil {
		return isEnding()
	}
	r := &s.container.Record
	if u.Restart != nil {
		if err := detached.CheckRestart(r, state.RestartPolicy{Name: *u.Restart, Max: u.RestartMax}); err != nil {
			return err
		}
	}
	if len(u.Resources) > 0 {
		if err := s.updateLimits(u); err != nil {
			return err
		}
	}
	before := r.Restart
	if u.Restart != nil {
		r.Restart = state.RestartPolicy{Name: *u.Restart, Max: u.RestartMax}
	}
	if err := s.container.Save(); err != nil {
		r.Restart = before
		return err
	}
	s.event(events.Update)
	return nil
}

// updateLimits writes other limits, and where the spec cannot be written, those that there were.
func (s *supervisor) updateLimits(u *session.Update) error {
	stored, err := detached.LoadSpec(s.container.Path)
	if err != nil {
		return err
	}
	if same, err := stored.IsBase(u.Base); err != nil || !same {
		return errors.Join(err, &refusal{"its limits were changed meanwhile", session.CodeChanged})
	}
	before, wanted, kept := stored.Resources, &subsystems.ResourceConfig{}, &subsystems.ResourceConfig{}
	if err := errors.Join(json.Unmarshal(u.Resources, wanted), json.Unmarshal(u.Resources, kept)); err != nil {
		return err
	}
	stored.Resources = kept // wanted gets what this run has found out
	if s.live != nil {
		if err := s.live.Update(wanted); err != nil {
			return err
		}
	}
	err = stored.Save(s.container)
	if err != nil && s.live != nil {
		err = errors.Join(err, s.live.Update(before))
	}
	return err
}
