package state

import "time"

// Status is what the last writer of a record has said of its container. What lives is told by the
// lock alone: see Listed.Now.
type Status string

// The statuses, in Docker's words.
const (
	StatusCreated    Status = "created"
	StatusRunning    Status = "running"
	StatusPaused     Status = "paused"
	StatusRestarting Status = "restarting" // it has ended, and its supervisor is going to start it again
	StatusExited     Status = "exited"
	StatusDead       Status = "dead" // its supervisor, or its host, has ended before it could say how it went
)

// Life is how it goes, and went, with a container: the last of its runs.
type Life struct {
	// Status is "" in the record of a foreground run.
	Status Status `json:"status,omitempty"`
	// Pid is the host's pid of its PID 1, Supervisor that of who looks after it; both while it runs.
	Pid        int `json:"pid,omitempty"`
	Supervisor int `json:"supervisor,omitempty"`
	// Boot is the boot of the host (/proc/sys/kernel/random/boot_id) in which it was started.
	Boot string `json:"boot,omitempty"`
	// Started is when its command was executed, Exited when that ended: nil as long as it is not known.
	Started  *time.Time `json:"started,omitempty"`
	Exited   *time.Time `json:"exited,omitempty"`
	ExitCode int        `json:"exit_code"`
	// Error is why it could not be started, "" if it was.
	Error string `json:"error,omitempty"`
	// Reason says in plain words why it ended, StoppedBy who has asked for that ("" for nobody), as
	// in "stop by user 0".
	Reason    string `json:"reason,omitempty"`
	StoppedBy string `json:"stopped_by,omitempty"`
	// Stopped is whether it was stopped by a command: then unless-stopped does not start it again.
	Stopped bool `json:"stopped,omitempty"`
	// OOMKilled is whether any of its processes was killed for the limit on memory.
	OOMKilled bool `json:"oom_killed,omitempty"`
	// Restarts is how many times the policy has started it again.
	Restarts int `json:"restarts,omitempty"`
	// Delay is how long the supervisor waited, or waits, before the last of them, in nanoseconds.
	Delay time.Duration `json:"restart_delay,omitempty"`
	// LostLog is how many bytes of output could not be written to the log.
	LostLog int64 `json:"lost_log,omitempty"`
	// Usage is what it used, as a report has it; nil where nothing is known.
	Usage *Usage `json:"usage,omitempty"`
	// HealthStatus is starting, healthy or unhealthy; "" without a check. More is in HealthName.
	HealthStatus string `json:"health_status,omitempty"`
}

// Usage is what the kernel counted, nil for what it does not count. The report has more (docs/report.md).
type Usage struct {
	CPUTimeUsec *int64 `json:"cpu_usec,omitempty"`
	PeakMemory  *int64 `json:"peak_memory_bytes,omitempty"`
	PeakPids    *int64 `json:"peak_pids,omitempty"`
	OOMKills    *int64 `json:"oom_kills,omitempty"`
	WallUsec    *int64 `json:"wall_usec,omitempty"`
	// Limits are those that were in force.
	MemoryLimit *int64   `json:"memory_limit_bytes,omitempty"`
	CPULimit    *float64 `json:"cpu_limit,omitempty"`
	CPUs        *string  `json:"cpus,omitempty"`
	PidsLimit   *int64   `json:"pids_limit,omitempty"`
}

// Now is how a container is, as far as its lock tells more than its record.
func (l *Listed) Now() Status {
	switch s := l.Status; {
	case s == "" && l.Running:
		return StatusRunning // a foreground run
	case s == "":
		return StatusExited
	case l.Running: // where it was created or has ended, it is being started, or removed
		return s
	case s == StatusRunning || s == StatusPaused || s == StatusRestarting:
		return StatusDead
	}
	return l.Status
}
