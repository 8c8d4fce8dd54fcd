package supervisor

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/events"
	"github.com/mydocker/mydocker/container/faults"
	"github.com/mydocker/mydocker/container/report"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/utils"
)

// conclude writes down how a run has ended, and does what comes after it: another run, the removal,
// or nothing.
func (s *supervisor) conclude(code int, err error) (*Again, error) {
	ran := s.ran()
	if s.handed != nil && !ran { // what is left is that of a supervisor that was killed
		s.Log.Errorf("go on with the container: %s", utils.ErrorLine(err))
		return nil, err
	}
	if !ran {
		s.failed = err
		close(s.settled)
		code = s.CodeOf(err)
	} else if err != nil {
		s.Log.Warn(utils.ErrorLine(err))
	}
	delay, again := s.record(code, ran, err)
	close(s.ended)
	if again {
		s.streams.hub.End(code)
		if s.awaitDelay(delay) {
			return s.again(delay), nil
		}
		return nil, s.finish(err, ran)
	}
	err = s.finish(err, ran) // who is attached may use the container when its session has ended
	s.streams.hub.End(code)
	return nil, err
}

// ran reports whether the command was executed.
func (s *supervisor) ran() bool {
	select {
	case <-s.settled:
		return true
	default:
		return false
	}
}

// record writes the record of a run that has ended, and asks the policy.
func (s *supervisor) record(code int, ran bool, failed error) (delay time.Duration, again bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	r, now := &s.container.Record, time.Now().UTC()
	ended := Ended{ExitCode: code, Restarts: r.Restarts, Delay: r.Delay, Stopped: s.stopping}
	if wall := s.config.Report.Wall; ran && wall != nil { // which no jump of the clock changes
		ended.Ran = time.Duration(*wall) * time.Microsecond
	}
	r.Pid, r.ExitCode, r.LostLog = 0, code, r.LostLog+s.output.Lost()
	if !ran {
		if r.Status != state.StatusRestarting {
			s.over = true
			s.recordFailure(r, code, failed)
			return 0, false
		}
		r.Error = utils.ErrorLine(failed)
	}
	r.Status, r.Exited = state.StatusExited, &now
	r.Usage = usageOf(s.config.Report)
	r.OOMKilled = r.Usage != nil && r.Usage.OOMKills != nil && *r.Usage.OOMKills > 0
	r.Reason = s.reason(code, ran)
	if delay, again = ended.Again(r.Restart); again {
		s.waits = true
		r.Status, r.Delay = state.StatusRestarting, delay
	} else {
		r.Supervisor, s.over = 0, true
	}
	if err := faults.Around("record the end", s.container.Save); err != nil {
		s.Log.Errorf("record that the container has ended: %v", err)
	}
	if r.OOMKilled {
		s.event(events.OOM)
	}
	s.event(events.Die, "exitCode", fmt.Sprint(code))
	return delay, again
}

// recordFailure is of a container that could not be started: it is as it was, and has the reason.
func (s *supervisor) recordFailure(r *state.Record, code int, failed error) {
	r.Error, r.ExitCode = utils.ErrorLine(failed), code
	if err := s.container.Save(); err != nil {
		s.Log.Errorf("record that the container could not be started: %v", err)
	}
}

// reason says in words why it ended.
func (s *supervisor) reason(code int, ran bool) string {
	r := s.config.Report
	switch {
	case !ran:
		return "it could not be started"
	case s.container.StoppedBy != "":
		return "it was ended: " + s.container.StoppedBy
	case r != nil && r.TimedOut && r.TimedOutBy != nil:
		return "time was up (--" + *r.TimedOutBy + ")"
	case s.container.OOMKilled:
		return "out of memory"
	case r != nil && r.Signal != nil:
		return "signal " + utils.SignalName(syscall.Signal(*r.Signal))
	}
	return fmt.Sprintf("its command ended with status %d", code)
}

// usageOf is what the record keeps of a report.
func usageOf(r *report.Report) *state.Usage {
	if r == nil {
		return nil
	}
	u := &state.Usage{
		CPUTimeUsec: r.CPU, PeakMemory: r.MemoryPeak, PeakPids: r.PIDsPeak, OOMKills: r.OOMKills, WallUsec: r.Wall, CPUs: r.Limits.CPUs,
		MemoryLimit: limitOf(r.Limits.Memory), PidsLimit: limitOf(r.Limits.PIDs),
	}
	if quota, period := limitOf(r.Limits.CPUQuota), r.Limits.CPUPeriod; quota != nil && period != nil && *period > 0 {
		cpus := float64(*quota) / float64(*period)
		u.CPULimit = &cpus
	}
	return u
}

// limitOf is nil for no limit.
func limitOf(l *report.Limit) *int64 {
	if l == nil || *l == report.Unlimited {
		return nil
	}
	value := int64(*l)
	return &value
}

// awaitDelay waits before the next run. It reports false where a command, or a signal, has ended the
// wait.
func (s *supervisor) awaitDelay(delay time.Duration) bool {
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.wake:
	case got := <-s.config.FinalWait.Signals():
		s.mutex.Lock()
		s.stopping, s.container.StoppedBy = true, gotSignal(got)
		s.mutex.Unlock()
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.over = !s.stopping // who comes from now on asks the next process image
	return s.over
}

// gotSignal is by whom a container was stopped whose supervisor got a signal.
func gotSignal(got os.Signal) string {
	name := got.String()
	if sig, is := got.(syscall.Signal); is {
		name = utils.SignalName(sig)
	}
	return "its supervisor got " + name
}

// again prepares the next run.
func (s *supervisor) again(delay time.Duration) *Again {
	s.answering.Lock()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	r := &s.container.Record
	r.Restarts++
	r.Delay = delay
	if err := s.container.Save(); err != nil {
		s.Log.Warnf("record that the container is started again: %v", err)
	}
	return &Again{s.Lock, s.listener.File()}
}

// finish ends the supervisor's work. One that is not to stay is removed.
func (s *supervisor) finish(failed error, ran bool) error {
	s.answering.Lock()
	s.mutex.Lock()
	s.over = true
	remove := ran && s.container.AutoRemove && !s.stays
	r := &s.container.Record
	var err error
	if r.Status == state.StatusRestarting { // what was waited for does not come
		r.Status, r.Supervisor = state.StatusExited, 0
		err = s.container.Save()
	}
	s.mutex.Unlock()
	if s.config != nil { // who removes the container may remove its image next
		err = errors.Join(err, s.config.Image.Close())
	}
	if remove {
		err = errors.Join(err, faults.Around("remove the container", func() error { return s.remove() }))
	}
	err = errors.Join(err, s.listener.Close(), utils.Ignore(unix.Unlinkat(int(s.container.Dir.Fd()), state.ControlName, 0), unix.ENOENT))
	if err = errors.Join(err, s.container.Close()); err != nil {
		s.Log.Warn(utils.ErrorLine(err))
	}
	if ran {
		return nil
	}
	return s.tell(failed)
}

func (s *supervisor) remove() error {
	if err := s.container.Remove(container.RemoveTree); err != nil {
		return err
	}
	s.event(events.Destroy)
	return container.RemoveAnonymous(s.State, s.container.Volumes, container.RemoveTree)
}
