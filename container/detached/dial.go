package detached

import (
	"errors"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/session"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/utils"
)

// dialAttach opens a session. The reply says whether there is a terminal.
func dialAttach(found *state.Listed, attach *session.Attach) (*session.Conn, error) {
	dir, err := utils.Open(found.Path, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW)
	if err != nil {
		return nil, &session.NoSupervisorError{Err: err}
	}
	conn, err := session.Dial(dir, state.ControlName)
	if err = errors.Join(err, unix.Close(dir)); err != nil {
		return nil, err
	}
	if _, err := asked(conn, &session.Request{Op: session.OpAttach, Attach: attach}); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}
