package detached

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/container/session"
	"github.com/mydocker/mydocker/container/state"
)

// Change is what update changes; what is nil stays as it is.
type Change struct {
	Restart *state.RestartPolicy
	// Limits changes limits, which it gets as they are.
	Limits func(*subsystems.ResourceConfig) error
}

// Update changes limits and the restart policy of a container, at once where it runs.
func Update(stateDir, name string, change *Change) error {
	return use(stateDir, name, change.live, func(c *state.Container) error {
		return errors.Join(change.alone(c), c.Close())
	})
}

// live asks the supervisor. Where another update has come between, it is done again.
func (change *Change) live(conn *session.Conn, found *state.Listed) error {
	update := &session.Update{}
	if change.Restart != nil {
		update.Restart, update.RestartMax = &change.Restart.Name, change.Restart.Max
	}
	if change.Limits != nil {
		spec, err := LoadSpec(found.Path)
		if err != nil {
			return err
		}
		if update.Base, err = json.Marshal(spec.Resources); err != nil {
			return err
		}
		if err := change.limit(spec); err != nil {
			return err
		}
		if update.Resources, err = json.Marshal(spec.Resources); err != nil {
			return err
		}
	}
	_, err := asked(conn, &session.Request{Op: session.OpUpdate, By: by("update"), Update: update})
	if refused := (*RefusedError)(nil); errors.As(err, &refused) && refused.Code == session.CodeChanged {
		return &session.NoSupervisorError{Err: errors.New("another update has come between")}
	}
	return named(err, found)
}

func (change *Change) limit(spec *Spec) error {
	if spec.Resources == nil {
		spec.Resources = &subsystems.ResourceConfig{}
	}
	if err := change.Limits(spec.Resources); err != nil {
		return err
	}
	return spec.Resources.Validate()
}

// alone changes a container that does not run.
func (change *Change) alone(c *state.Container) error {
	if !c.Supervised {
		return fmt.Errorf("container %s was run in the foreground, and is not started again", c.ID)
	}
	if change.Restart != nil {
		if err := CheckRestart(&c.Record, *change.Restart); err != nil {
			return err
		}
	}
	if change.Limits != nil {
		spec, err := LoadSpec(c.Path)
		if err == nil {
			err = change.limit(spec)
		}
		if err == nil {
			err = spec.Save(c)
		}
		if err != nil {
			return err
		}
	}
	if change.Restart == nil {
		return nil
	}
	c.Restart = *change.Restart
	return c.Save()
}

// CheckRestart refuses a policy for a container that is removed at its end.
func CheckRestart(r *state.Record, policy state.RestartPolicy) error {
	if r.AutoRemove && policy.Name != "" && policy.Name != state.RestartNo {
		return fmt.Errorf("container %s is removed at its end (--rm), and has no restart policy therefore", r.ID)
	}
	return nil
}

// IsBase reports whether limits are those that an update was made of.
func (s *Spec) IsBase(base []byte) (bool, error) {
	own, err := json.Marshal(s.Resources)
	return bytes.Equal(own, base), err
}
