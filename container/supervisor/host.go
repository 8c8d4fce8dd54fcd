package supervisor

import (
	"fmt"
	"io/fs"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/events"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/utils"
)

// bootID tells one boot of the host from another.
func bootID() (string, error) {
	id, err := utils.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", fmt.Errorf("find out which boot this is: %w", err)
	}
	return strings.TrimSpace(id), nil
}

// becomeQuiet has what the supervisor says from now on go to a file in the container's directory: who
// has started it does not wait for its stderr any more.
func (s *supervisor) becomeQuiet() {
	const flags = unix.O_WRONLY | unix.O_CREAT | unix.O_APPEND | unix.O_NOFOLLOW | unix.O_CLOEXEC
	fd, err := utils.Retry(func() (int, error) {
		return unix.Openat(int(s.container.Dir.Fd()), state.SupervisorName, flags, 0o600)
	})
	if err != nil {
		err = &fs.PathError{Op: "open", Path: state.SupervisorName, Err: err}
	} else if err = unix.Dup3(fd, unix.Stderr, 0); err == nil {
		err = unix.Close(fd)
	}
	if err != nil {
		s.Log.Debugf("keep what the supervisor says: %v", err)
	}
}

// event tells the journal of something that has happened. Nobody depends on it.
func (s *supervisor) event(action string, more ...string) {
	r := &s.container.Record
	events.Write(s.State, events.OfContainer(action, r.ID, r.Name, r.Image, r.Config.Labels, more...))
}
