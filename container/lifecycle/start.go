package lifecycle

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/initproc"
	"github.com/mydocker/mydocker/container/notify"
	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// starting is a container that is started.
type starting struct {
	*Container
	hooks     *specs.Hooks
	manager   string // the socket of the service manager, "" for none
	readiness *readiness
}

func startSteps() []step[*starting] {
	return []step[*starting]{
		{"look at the container", (*starting).check},
		{"bind the socket of notifications", (*starting).bindNotify},
		{"run startContainer hooks", (*starting).beforeCommand},
		{"let init go", (*starting).letGo},
		{"run poststart hooks", (*starting).afterCommand},
	}
}

// Start has a created container execute its command. It returns when that runs, or says why it
// does not. With a service manager, whose socket is at a path or behind "@", it waits until the command
// is ready, or has ended.
func (c *Container) Start(manager string) error {
	readiness, err := c.start(manager)
	if err != nil {
		return err
	}
	return readiness.handOver(c.Pid)
}

// start returns who waits for the command to be ready, nil for nobody.
func (c *Container) start(manager string) (*readiness, error) {
	if manager != "" {
		if err := notify.Check(manager); err != nil {
			return nil, err
		}
	}
	if err := c.lockSoon(); err != nil {
		return nil, err
	}
	s := &starting{Container: c, manager: manager}
	if err := errors.Join(work(s, startSteps(), c.done), c.unlock()); err != nil {
		return nil, errors.Join(err, s.readiness.Close())
	}
	return s.readiness, nil
}

func (s *starting) check() error {
	if s.Pid == 0 { // it was being created when it was opened
		if err := s.read(); err != nil {
			return err
		}
	}
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
func (s *starting) letGo() (err error) {
	start, err := s.openStart()
	if err == nil && start < 0 {
		err = refuse("cannot start a container that has stopped")
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unix.Close(start)) }()
	result, err := s.openResult()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unix.Close(result)) }()
	if _, err := utils.Retry(func() (int, error) { return unix.Write(start, []byte{0}) }); err != nil {
		return &fs.PathError{Op: "write", Path: filepath.Join(s.path, startName), Err: err}
	}
	told, err := readUntilNoReader(start, result)
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(s.path, resultName), err)
	}
	return s.checkResult(told)
}

// openResult opens it for reading before anything is told: what is in a FIFO that nobody has open is
// lost.
func (c *Container) openResult() (int, error) {
	fd, err := utils.Retry(func() (int, error) {
		return unix.Openat(int(c.dir.Fd()), resultName, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return -1, &fs.PathError{Op: "open", Path: filepath.Join(c.path, resultName), Err: err}
	}
	return fd, nil
}

// readUntilNoReader reads a pipe until nobody has another one open for reading any more.
func readUntilNoReader(start, result int) (told []byte, err error) {
	for {
		fds := []unix.PollFd{{Fd: int32(start)}, {Fd: int32(result), Events: unix.POLLIN}}
		if _, err := utils.Retry(func() (int, error) { return unix.Poll(fds, -1) }); err != nil {
			return told, os.NewSyscallError("poll", err)
		}
		if told, err = readAll(result, told); err != nil || fds[0].Revents&(unix.POLLERR|unix.POLLHUP) != 0 {
			return told, err
		}
	}
}

// readAll appends what is in a pipe.
func readAll(fd int, told []byte) ([]byte, error) {
	buffer := make([]byte, wire.MaxStatus)
	for {
		n, err := utils.Retry(func() (int, error) { return unix.Read(fd, buffer) })
		if err == unix.EAGAIN || err == nil && n == 0 {
			return told, nil
		}
		if err != nil {
			return told, os.NewSyscallError("read", err)
		}
		told = append(told, buffer[:n]...)
	}
}

// checkResult is about what init has told since it was started.
func (c *Container) checkResult(content []byte) error {
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
