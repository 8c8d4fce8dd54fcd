package container

import (
	"errors"
	"fmt"
	"math"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/report"
	"github.com/mydocker/mydocker/container/signals"
	"github.com/mydocker/mydocker/utils"
)

// CodeTimedOut is the exit code of a run that was ended because its time was up,
// whatever the command's own status. It is that of timeout(1).
const CodeTimedOut = 124

// The flags that limit a container's time, as a report names them.
const (
	byTimeout = "timeout"
	byCPUTime = "cpu-time"
)

// leastPause is the least time between two looks at the CPU time used. On each
// CPU that much can be used beyond the limit before it is seen.
const leastPause = 5 * time.Millisecond

// checkTime refuses a limit on CPU time where nobody counts it, and any where
// nobody knows what would have to be ended.
func (r *run) checkTime() error {
	limits := &r.config.Lifetime
	if (limits.Timeout > 0 || limits.CPUTime > 0) && r.config.Namespaces.HostPID && len(r.cgroups.Dirs()) == 0 {
		return errors.New("limit the time: with --pid host and without a cgroup nothing tells which processes are the container's")
	}
	if limits.CPUTime == 0 {
		return nil
	}
	if _, err := report.CPUTime(r.cgroups.ByController()); err != nil {
		return fmt.Errorf("limit the CPU time: %w", err)
	}
	return nil
}

// watchTime begins to watch what the container's time is limited by.
func (r *run) watchTime() error {
	limits := &r.config.Lifetime
	if limits.Timeout > 0 {
		r.finalWait.deadline = r.deadline()
		if err := r.signals.GoOnAt(max(time.Until(r.finalWait.deadline), 1)); err != nil { // of which goOnAtLimits has warned
			r.log.Debug(err)
		}
		timer := time.AfterFunc(time.Until(r.finalWait.deadline), func() { r.expire(byTimeout) })
		r.undo.Add(func() error {
			timer.Stop()
			return nil
		})
	}
	if limits.CPUTime > 0 {
		ended := make(chan struct{})
		r.undo.Add(func() error {
			close(ended)
			return nil
		})
		go r.watchCPUTime(ended)
	}
	return nil
}

// deadline is when the time of the command is up that is executed.
func (r *run) deadline() time.Time { return report.TimeOf(r.executed).Add(r.config.Lifetime.Timeout) }

// Due is when a limit on its time has to be looked at the next time; it is zero where there is none, and
// in the past while one is looked at, or reached.
func (l *Live) Due() (due time.Time) {
	r, limits := l.run, &l.run.config.Lifetime
	if limits.Timeout > 0 {
		due = r.deadline()
	}
	if limits.CPUTime > 0 {
		if look := utils.OfMonotonic(r.nextLook.Load()); due.IsZero() || look.Before(due) {
			due = look
		}
	}
	return due
}

// goOnAtLimits has mydocker go on when a limit is reached, should somebody stop it as
// soon as the command runs.
func (r *run) goOnAtLimits() {
	limits := &r.config.Lifetime
	if limits.Timeout > 0 {
		r.holdsWhenStopped(byTimeout, r.signals.GoOnAt(limits.Timeout))
	}
	if limits.CPUTime > 0 {
		r.holdsWhenStopped(byCPUTime, r.signals.GoOnToLook(limits.CPUTime/time.Duration(r.cpus())))
	}
}

// holdsWhenStopped warns of a limit that does not hold while mydocker itself is stopped.
func (r *run) holdsWhenStopped(limit string, err error) {
	if err != nil {
		r.log.Warnf("--%s does not hold while mydocker is stopped: %v", limit, err)
	}
}

// watchCPUTime looks at the CPU time used whenever it may be up: with n CPUs
// what is left lasts for an n-th of it at least.
func (r *run) watchCPUTime(ended <-chan struct{}) {
	places, cpus := r.cgroups.ByController(), r.cpus()
	for {
		used, err := report.CPUTime(places)
		if err != nil {
			select {
			case <-ended: // and its cgroups are gone
				return
			default:
			}
			r.log.Warnf("the container is ended, its CPU time cannot be told: %v", err)
		}
		left := r.config.Lifetime.CPUTime - used
		if err != nil || left <= 0 {
			r.expire(byCPUTime)
			return
		}
		pause := max(left/time.Duration(cpus), leastPause)
		if err := r.signals.GoOnToLook(pause); err != nil { // of which goOnAtLimits has warned
			r.log.Debug(err)
		}
		r.nextLook.Store(utils.Monotonic(time.Now().Add(pause)))
		select {
		case <-ended:
			return
		case <-time.After(pause):
		}
	}
}

// cpus is the most CPUs that the container can use at the same time.
func (r *run) cpus() int {
	if limit := len(r.config.Resources.CPUs.Value); limit > 0 {
		return limit
	}
	return utils.OnlineCPUs()
}

// limit is the one called by.
func (r *run) limit(by string) time.Duration {
	if by == byTimeout {
		return r.config.Lifetime.Timeout
	}
	return r.config.Lifetime.CPUTime
}

// expire ends the container because the limit called by is reached.
func (r *run) expire(by string) {
	r.expiring.Lock()
	defer r.expiring.Unlock()
	if r.process.Finished() {
		return
	}
	select {
	case r.expired <- by:
	default: // the other limit came first
		return
	}
	if err := r.signals.GoOnAt(signals.StopPause); err != nil { // of which goOnAtLimits has warned
		r.log.Debug(err)
	}
	err := r.stop()
	if err == nil {
		return
	}
	r.log.Warnf("end the container: %v", err)
	if errors.Is(err, unix.EPERM) && !r.process.Finished() {
		r.timedOutBy() // it was not ended, and nobody says that it was
	}
}

// stop ends the container by the stop signal, and by SIGKILL to its first
// process, with which the kernel kills all others, when --stop-timeout has passed.
func (r *run) stop() (err error) {
	limits := &r.config.Lifetime
	wait := limits.StopTimeout
	if wait < 0 {
		wait = math.MaxInt64
	}
	if deadline := time.Now().Add(wait); utils.IsSignal(limits.StopSignal) {
		err = r.signals.EndAll(r.process, r.cgroups.Processes, limits.StopSignal, deadline)
		for !r.process.Finished() && time.Now().Before(deadline) {
			time.Sleep(signals.StopPause)
		}
	}
	return errors.Join(err, r.process.Signal(unix.SIGKILL))
}

// timedOutBy returns the limit that the container was ended for, or "".
func (r *run) timedOutBy() string {
	select {
	case by := <-r.expired:
		return by
	default:
		return ""
	}
}
