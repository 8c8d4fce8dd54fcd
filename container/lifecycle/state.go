package lifecycle

import (
	"errors"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/group"
	"github.com/mydocker/mydocker/utils"
)

// StatePaused is what a runtime may add to the states of the specification.
const StatePaused specs.ContainerState = "paused"

// Status asks the kernel what the container does.
func (c *Container) Status() (specs.ContainerState, error) {
	alive, err := c.alive()
	if err != nil || !alive {
		return specs.StateStopped, err
	}
	frozen, err := c.group().Frozen()
	if err != nil || frozen {
		return StatePaused, err
	}
	waits, err := c.waits()
	if err != nil || waits {
		return specs.StateCreated, err
	}
	return specs.StateRunning, nil
}

// waits reports whether init waits for the start: then the FIFO has a reader.
func (c *Container) waits() (bool, error) {
	fd, err := c.openStart()
	if err != nil || fd < 0 {
		return false, err
	}
	return true, unix.Close(fd)
}

// openStart opens the FIFO for writing; it is -1 where nobody reads it.
func (c *Container) openStart() (int, error) {
	fd, err := utils.Retry(func() (int, error) {
		return unix.Openat(int(c.dir.Fd()), startName, unix.O_WRONLY|unix.O_NONBLOCK|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	})
	if errors.Is(err, unix.ENXIO) || errors.Is(err, unix.ENOENT) {
		return -1, nil
	}
	return fd, err
}

// State is what "state" shows, and hooks get on stdin.
func (c *Container) State() (*specs.State, error) {
	status, err := c.Status()
	return c.stateAs(status), err
}

// stateAs is the state with a status that is known.
func (r *Record) stateAs(status specs.ContainerState) *specs.State {
	state := &specs.State{
		Version: r.OCIVersion, ID: r.ID, Status: status, Pid: r.Pid, Bundle: r.Bundle, Annotations: r.Annotations,
	}
	if status == specs.StateStopped {
		state.Pid = 0
	}
	return state
}

// group is the container's cgroups.
func (c *Container) group() *group.Group { return group.Open(c.Cgroups) }
