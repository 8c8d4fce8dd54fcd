package supervisor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/entry"
	"github.com/mydocker/mydocker/container/events"
	"github.com/mydocker/mydocker/container/notify"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/utils"
)

// openHealth prepares the checks of a container whose command has begun, and returns its first
// status, "" without a check.
func (s *supervisor) openHealth(began time.Time) (status string) {
	if s.container.Health == nil {
		return ""
	}
	var log []state.HealthResult
	before, err := s.container.LoadHealth()
	if before != nil {
		log = before.Log
	}
	s.logError("the results of earlier health checks are lost", err)
	s.health = NewMonitor(&s.container.Record, began, log, s.probe, s.takeHealth)
	if s.health == nil {
		return ""
	}
	s.logError("keep the health", s.container.SaveHealth(&state.Health{Status: state.HealthStarting, Log: log}))
	return state.HealthStarting
}

// takeHealth writes down what a check has said.
func (s *supervisor) takeHealth(h *state.Health, before string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.live == nil { // it has ended meanwhile
		return
	}
	err := s.container.SaveHealth(h)
	if h.Status != before {
		s.container.HealthStatus = h.Status
		err = errors.Join(err, s.container.Save())
		s.event(events.HealthStatus + ": " + h.Status)
		if manager := os.Getenv(notify.Variable); manager != "" && h.Status == state.Healthy && s.config.Notify == spec.NotifyHealthy {
			err = errors.Join(err, notify.Send(manager, notify.Ready))
		}
	}
	s.logError("keep the health", err)
}

// goneTime is how long the end of a check that was killed is waited for: what holds its output may
// be another process in the container.
const goneTime = time.Second

// probe makes a check as mydocker exec does, in a process of its own: that has its streams for
// itself, and the command ends with it.
func (s *supervisor) probe(ctx context.Context, command []string, output *Output) (code int, err error) {
	c := exec.CommandContext(ctx, "/proc/self/exe", append([]string{"exec", "--", s.ID}, command...)...)
	c.Args[0] = "mydocker"
	c.Stdout, c.Stderr, c.WaitDelay = output, output, goneTime
	c.Cancel = func() error {
		if killChildren(c.Process.Pid) {
			return nil // it ends with its command
		}
		return c.Process.Kill()
	}
	if err := entry.WithCallersMask(utils.WithSignalMask, c.Start); err != nil {
		return 0, fmt.Errorf("make the health check: %w", err)
	}
	err = c.Wait()
	if ended := (*exec.ExitError)(nil); errors.As(err, &ended) || errors.Is(err, exec.ErrWaitDelay) {
		return c.ProcessState.ExitCode(), nil
	}
	return 0, err
}

// killChildren kills the process groups that the children of a process lead, and reports whether
// there was one: with the command of a check goes what it has started, such as a client that waits for
// a server. Where the kernel does not list children (CONFIG_PROC_CHILDREN) there is none.
func killChildren(pid int) (killed bool) {
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		return false
	}
	for _, list := range lists {
		content, err := utils.ReadFile(list)
		if err != nil {
			continue // the thread has ended
		}
		for _, word := range strings.Fields(content) {
			child, err := strconv.Atoi(word)
			killed = err == nil && child > 1 && unix.Kill(-child, unix.SIGKILL) == nil || killed
		}
	}
	return killed
}
