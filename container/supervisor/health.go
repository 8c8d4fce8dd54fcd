package supervisor

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/state"
)

// What counts where a check does not say it, as in Docker.
const (
	defaultInterval      = 30 * time.Second
	defaultTimeout       = 30 * time.Second
	defaultStartInterval = 5 * time.Second
	defaultRetries       = 3
)

// keptResults is how many results are kept, maxOutput how much of what a check prints.
const (
	keptResults = 5
	maxOutput   = 4096
)

// Probe runs a command in the container until it ends or the context does, and then returns when
// nothing of it is left that it could wait for. An error means that it has not run.
type Probe func(ctx context.Context, command []string, output *Output) (code int, err error)

// Monitor checks from time to time whether a container is well, as Docker does. Start, Stop and Wait
// are for one goroutine at a time. The nil Monitor is one without a check.
type Monitor struct {
	check   image.Healthcheck
	command []string
	began   time.Time
	probe   Probe
	report  func(h *state.Health, before string)

	checking sync.Mutex // held during a check
	health   state.Health
	due      time.Time // when the next check is; zero where nobody waits for it

	cancel context.CancelFunc // nil while it does not check
	done   chan struct{}      // closed when the last that was started has ended
}

// NewMonitor returns one for a container whose command has begun at a time; it is nil without a
// check. log are results of earlier runs. After each check report is told how it is with the
// container, and how it was before, from a goroutine of the Monitor's; that may be late by a moment
// after Stop.
func NewMonitor(r *state.Record, began time.Time, log []state.HealthResult, probe Probe, report func(h *state.Health, before string)) *Monitor {
	if r.Health == nil {
		return nil
	}
	m := &Monitor{check: *r.Health, began: began, probe: probe, report: report}
	if m.command = commandOf(m.check.Test, r.Config.Shell); m.command == nil {
		return nil
	}
	m.health = state.Health{Status: state.HealthStarting, Log: log}
	return m
}

// commandOf is what a check executes, nil for nothing.
func commandOf(test, shell []string) []string {
	switch {
	case len(test) < 2:
		return nil
	case test[0] == image.HealthWords:
		return test[1:]
	case test[0] != image.HealthShell:
		return nil
	case len(shell) == 0:
		shell = []string{"/bin/sh", "-c"}
	}
	return append(append([]string(nil), shell...), test[1:]...)
}

// Start begins with the checks, or goes on with them.
func (m *Monitor) Start() {
	if m == nil || m.cancel != nil {
		return
	}
	var ctx context.Context
	ctx, m.cancel = context.WithCancel(context.Background())
	previous := m.done
	m.done = make(chan struct{})
	go func(done chan struct{}) {
		defer close(done)
		if previous != nil {
			<-previous
		}
		m.work(ctx)
	}(m.done)
}

// Stop ends a check that goes on, whose result does not count. It is for a container that is
// paused, or has ended.
func (m *Monitor) Stop() {
	if m != nil && m.cancel != nil {
		m.cancel()
		m.cancel = nil
	}
}

// Wait waits, after Stop, until nothing of a check is left.
func (m *Monitor) Wait() {
	if m != nil && m.done != nil {
		<-m.done
	}
}

func (m *Monitor) work(ctx context.Context) {
	for ctx.Err() == nil {
		timer := time.NewTimer(time.Until(m.plan()))
		select {
		case <-ctx.Done():
			timer.Stop()
		case <-timer.C:
		}
		m.checkOnce(ctx)
	}
}

// plan is when the next check is. An earlier process image may have planned it.
func (m *Monitor) plan() time.Time {
	m.checking.Lock()
	defer m.checking.Unlock()
	if m.due.IsZero() {
		m.due = time.Now().Add(m.interval())
	}
	return m.due
}

// checkOnce makes the check that is due, unless ctx is done.
func (m *Monitor) checkOnce(ctx context.Context) {
	m.checking.Lock()
	defer m.checking.Unlock()
	m.due = time.Time{}
	if ctx.Err() != nil {
		return
	}
	if result := m.run(ctx); ctx.Err() == nil {
		m.take(result)
	}
}

// interval is the time until the next check. In the start period it is another, as long as the
// container was never well.
func (m *Monitor) interval() time.Duration {
	if m.isStarting(time.Now()) {
		return cmp.Or(time.Duration(m.check.StartInterval), defaultStartInterval)
	}
	return cmp.Or(time.Duration(m.check.Interval), defaultInterval)
}

func (m *Monitor) isStarting(at time.Time) bool {
	return m.health.Status == state.HealthStarting && at.Sub(m.began) < time.Duration(m.check.StartPeriod)
}

// run makes a check.
func (m *Monitor) run(ctx context.Context) state.HealthResult {
	timeout := cmp.Or(time.Duration(m.check.Timeout), defaultTimeout)
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	result := state.HealthResult{Start: time.Now()}
	output := &Output{}
	code, err := m.probe(limited, m.command, output)
	result.End, result.ExitCode, result.Output = time.Now(), code, output.String()
	switch {
	case errors.Is(limited.Err(), context.DeadlineExceeded):
		text := fmt.Sprintf("Health check exceeded timeout (%v)", timeout)
		if result.Output != "" {
			text += ": " + result.Output
		}
		result.ExitCode, result.Output = -1, text
	case err != nil:
		result.ExitCode, result.Output = -1, err.Error()
	}
	return result
}

// take adds a result to those that there are, and judges anew. A failure of a container that
// is starting does not count in its start period.
func (m *Monitor) take(result state.HealthResult) {
	log := append(append([]state.HealthResult(nil), m.health.Log...), result)
	m.health.Log = log[max(len(log)-keptResults, 0):]
	status := m.health.Status
	switch {
	case result.ExitCode == 0:
		m.health.FailingStreak, status = 0, state.Healthy
	case !m.isStarting(result.Start):
		m.health.FailingStreak++
		if m.health.FailingStreak >= cmp.Or(m.check.Retries, defaultRetries) {
			status = state.Unhealthy
		}
	}
	before := m.health.Status
	m.health.Status = status
	told := m.health
	m.report(&told, before)
}

// Output keeps the beginning of what a check prints. What it does not keep it takes nevertheless.
type Output struct {
	text bytes.Buffer
	more bool
}

// Write implements io.Writer.
func (o *Output) Write(text []byte) (int, error) {
	room := maxOutput - o.text.Len()
	if len(text) > room {
		o.more = true
		o.text.Write(text[:room])
	} else {
		o.text.Write(text)
	}
	return len(text), nil
}

// String is what was kept, with "..." where there was more.
func (o *Output) String() string {
	if o.more {
		return o.text.String() + "..."
	}
	return o.text.String()
}
