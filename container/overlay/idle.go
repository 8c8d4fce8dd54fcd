package overlay

import (
	"errors"
	"os"
)

// Lock is the file that is locked as long as a container has the layers; nil where nothing is written.
func (w *View) Lock() *os.File {
	if w == nil || w.store == nil {
		return nil
	}
	return w.store.lock
}

// IsThrownAway reports whether Close removes what was written.
func (w *View) IsThrownAway() bool { return w != nil && w.store != nil && w.store.state != nil }

// Remove does what Close does for a View of an earlier process image, whose lock the caller has: it removes what
// was written by the container with that ID. remove is as in Request.
func Remove(stateDir, id string, remove func(dir string) error) error {
	state, err := openState(stateDir)
	if err != nil {
		return err
	}
	return errors.Join(removeStore(state, id, nil, remove), state.Close())
}
