package supervisor

import (
	"time"

	"github.com/mydocker/mydocker/container/report"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/utils"
)

// handedHealth is what a Monitor knows, for the next process image.
type handedHealth struct {
	Health state.Health
	// Due is when the next check is, in nanoseconds of CLOCK_MONOTONIC; 0 is never, as long as it is paused.
	Due int64
}

// due is the zero time for never.
func (h *handedHealth) due() (due time.Time) {
	if h != nil && h.Due != 0 {
		due = utils.OfMonotonic(h.Due)
	}
	return due
}

// Hold keeps the next check from beginning, until release is called. It does nothing, and returns false,
// while one goes on.
func (m *Monitor) Hold() (handed *handedHealth, release func(), ok bool) {
	if m == nil {
		return nil, func() {}, true
	}
	if !m.checking.TryLock() {
		return nil, nil, false
	}
	handed = &handedHealth{Health: m.health}
	if m.cancel == nil {
		return handed, m.checking.Unlock, true
	}
	if m.due.IsZero() {
		m.checking.Unlock()
		return nil, nil, false
	}
	handed.Due = utils.Monotonic(m.due)
	return handed, m.checking.Unlock, true
}

// takeOver has it go on with what an earlier one has found out, and begin with the check that is due.
func (m *Monitor) takeOver(health *state.Health, due time.Time) { m.health, m.due = *health, due }

// resumeHealth goes on with the checks. One that was due meanwhile is made at once.
func (s *supervisor) resumeHealth() {
	handed := s.handed.Health
	s.health = NewMonitor(&s.container.Record, report.TimeOf(s.handed.Run.Executed), nil, s.probe, s.takeHealth)
	if handed == nil || s.health == nil {
		return
	}
	s.health.takeOver(&handed.Health, handed.due())
	s.container.HealthStatus = handed.Health.Status // also where that could not be written
	if s.container.Status != state.StatusPaused {
		s.health.Start()
	}
}
