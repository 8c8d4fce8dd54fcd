package lifecycle

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/initproc"
	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// starting is a container that is started.
type starting struct {
	*Container
	hooks *specs.Hooks
}

func startSteps() []step[*starting] {
	return []step[*starting]{
		{"look at the container", (*starting).check},
		{"run startContainer hooks", (*starting).beforeCommand},
		{"let init go", (*starting).letGo},
		{"run poststart hooks", (*starting).afterCommand},
	}
}

// Start has a created container execute its command. It returns when that runs, or says why it
// does not.
func (c *Container) Start() error {
	if err := c.Lock(); err != nil {
		return err
	}
	return errors.Join(work(&starting{Container: c}, startSteps()), c.unlock())
}

func (s *starting) check() error {
	status, err := s.Status()
	if err != nil {
		return err
	}
	switch status {
	case specs.StateStopped:
		return refuse("cannot start a container that has stopped")
	case StatePaused:
		return refuse("cannot start a paused container (resume it before)")
	case specs.StateRunning:
		return refuse("cannot start an already running container")
	}
	s.hooks, err = s.readHooks()
	return err
}

// beforeCommand runs hooks in the container. Where one fails, the container ends, as where one does
// of those that come when the command runs.
func (s *starting) beforeCommand() error {
	err := s.runStartContainer(s.hooks.StartContainer)
	if err != nil {
		err = errors.Join(err, s.destroy())
	}
	return err
}

func (s *starting) afterCommand() error {
	err := runHooks(s.hooks.Poststart, hookPoststart, s.stateAs(specs.StateRunning), outside(s.Bundle))
	if err != nil {
		err = errors.Join(err, s.destroy())
	}
	return err
}

// readHooks reads those of the container's configuration.
func (c *Container) readHooks() (*specs.Hooks, error) {
	if !c.HasHooks {
		return &specs.Hooks{}, nil
	}
	config, err := c.readFile(configName)
	if err != nil {
		return nil, err
	}
	return hooksOf(config)
}

// letGo writes the byte that init waits for. Its end of the FIFO closes with the execve, or with its
// own end, and then the result has what failed.
func (s *starting) letGo() error {
	fd, err := s.openStart()
	if err == nil && fd < 0 {
		err = refuse("cannot start a container that has stopped")
	}
	if err != nil {
		return err
	}
	_, err = utils.Retry(func() (int, error) { return unix.Write(fd, []byte{0}) })
	if err == nil {
		err = awaitNoReader(fd)
	}
	if err = errors.Join(err, unix.Close(fd)); err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(s.path, startName), err)
	}
	return s.result()
}

// awaitNoReader waits until nobody has a pipe open for reading any more.
func awaitNoReader(fd int) error {
	for {
		poll := []unix.PollFd{{Fd: int32(fd)}}
		if _, err := utils.Retry(func() (int, error) { return unix.Poll(poll, -1) }); err != nil {
			return err
		}
		if poll[0].Revents&(unix.POLLERR|unix.POLLHUP) != 0 {
			return nil
		}
	}
}

// result reads what init has told since it was started.
func (c *Container) result() error {
	content, err := c.readFile(resultName)
	if err != nil {
		return err
	}
	executed := false
	for len(content) > 0 {
		status, rest, err := wire.ParseStatus(content)
		if err != nil {
			return fmt.Errorf("%s: %w", filepath.Join(c.path, resultName), err)
		}
		if status.Failed() {
			return &initproc.InitError{Status: *status}
		}
		executed = status.Step == wire.StepExec
		content = rest
	}
	if !executed {
		return errors.New("init was killed before it could execute the command (is the memory limit too small?)")
	}
	dir := int(c.dir.Fd())
	for _, name := range []string{startName, resultName} {
		if err := unix.Unlinkat(dir, name, 0); err != nil && err != unix.ENOENT {
			return &fs.PathError{Op: "remove", Path: filepath.Join(c.path, name), Err: err}
		}
	}
	return nil
}
