package containers

import (
	"github.com/mydocker/mydocker/container/detached"
	"github.com/mydocker/mydocker/container/state"
)

// inspectedState is how it goes with a container, in the words of Docker's API and, behind them,
// ours.
type inspectedState struct {
	Status                                       string
	Running, Paused, Restarting, OOMKilled, Dead bool
	Pid, ExitCode                                int
	Error, StartedAt, FinishedAt                 string
	Health                                       *inspectedHealth `json:",omitempty"`
	Reason, StoppedBy                            string
	Supervisor                                   int
	LostLog                                      int64
	Usage                                        inspectedUsage
	Limits                                       inspectedLimits
}

// inspectedHealth is what the last checks have said.
type inspectedHealth struct {
	Status        string
	FailingStreak int
	Log           []state.HealthResult
}

// inspectedUsage is what the kernel has counted, so far where the container runs; nil for what it does
// not count.
type inspectedUsage struct {
	// CPUTime and WallTime are in microseconds, PeakMemory in bytes.
	CPUTime, WallTime, PeakMemory, PeakPids, OOMKills *int64
}

// inspectedLimits are those in force: of a container that runs those that were asked for. nil is
// none.
type inspectedLimits struct {
	Memory, Pids *int64
	CPUs         *float64
	CpusetCpus   *string
}

// stateOf tells how it goes with a container.
func stateOf(l *state.Listed, s *detached.Spec) (inspectedState, error) {
	now := l.Now()
	o := inspectedState{
		Status: string(now), Running: isUp(now), Paused: now == state.StatusPaused, Restarting: now == state.StatusRestarting,
		Dead: now == state.StatusDead, OOMKilled: l.OOMKilled, ExitCode: l.ExitCode, Error: l.Error, StartedAt: timeOf(l.Started),
		FinishedAt: timeOf(l.Exited), Reason: l.Reason, StoppedBy: l.StoppedBy, LostLog: l.LostLog,
	}
	switch {
	case isUp(now):
		o.Pid, o.Supervisor = l.Pid, l.Supervisor
	case now == state.StatusDead:
		o.ExitCode = detached.CodeOf(&l.Record)
		o.Reason = whyDeadInWords(l)
	}
	if now == state.StatusRunning || now == state.StatusPaused {
		o.ExitCode = 0 // the last one is of a run before
	}
	o.addUsage(l.Usage)
	if s != nil && l.Usage == nil {
		o.addAsked(s)
	}
	used, err := usedSoFar(l)
	if err != nil {
		return o, err
	}
	o.addUsed(used)
	if l.Settings.Health == nil || l.Path == "" {
		return o, nil
	}
	return o, o.addHealth(l)
}

// whyDeadInWords says why nobody knows how a container has ended.
func whyDeadInWords(l *state.Listed) string {
	switch whyDead(l, bootID()) {
	case " (host rebooted)":
		return "the host was restarted, or went down"
	case " (supervisor killed)":
		return "its supervisor was killed, and the container with it"
	}
	return l.Reason
}

// addUsed tells what has been used so far.
func (o *inspectedState) addUsed(u *state.Usage) {
	if u != nil {
		o.Usage = inspectedUsage{CPUTime: u.CPUTimeUsec, PeakMemory: u.PeakMemory, PeakPids: u.PeakPids, OOMKills: u.OOMKills}
	}
}

func (o *inspectedState) addUsage(u *state.Usage) {
	if u == nil {
		return
	}
	o.Usage = inspectedUsage{CPUTime: u.CPUTimeUsec, WallTime: u.WallUsec, PeakMemory: u.PeakMemory, PeakPids: u.PeakPids, OOMKills: u.OOMKills}
	o.Limits = inspectedLimits{Memory: u.MemoryLimit, Pids: u.PidsLimit, CPUs: u.CPULimit, CpusetCpus: u.CPUs}
}

// addAsked tells of the limits that were asked for.
func (o *inspectedState) addAsked(s *detached.Spec) {
	r := s.Resources
	if r == nil {
		return
	}
	if r.Memory.Value > 0 {
		o.Limits.Memory = &r.Memory.Value
	}
	if r.PidsLimit.Value > 0 {
		o.Limits.Pids = &r.PidsLimit.Value
	}
	if cpus := cpusOf(r); cpus > 0 {
		o.Limits.CPUs = &cpus
	}
	if list := r.CPUs.Value.String(); list != "" {
		o.Limits.CpusetCpus = &list
	}
}

func (o *inspectedState) addHealth(l *state.Listed) error {
	h, err := l.Health()
	o.Health = &inspectedHealth{Status: l.HealthStatus, Log: []state.HealthResult{}}
	if h != nil {
		o.Health.Status, o.Health.FailingStreak, o.Health.Log = h.Status, h.FailingStreak, append(o.Health.Log, h.Log...)
	}
	return err
}
