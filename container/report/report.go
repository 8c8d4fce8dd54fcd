// Package report tells how a run went: how the command ended, who failed, and
// what the container used, as the kernel counted it. docs/report.md says where
// each figure comes from.
package report

import (
	"encoding/base64"
	"syscall"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups"
	"github.com/mydocker/mydocker/utils"
)

// Version is that of the report's form. It grows when a field goes or gets
// another meaning; one that is added does not change it.
const Version = 1

// Report is what there is to tell of one run. What is nil the kernel does not
// tell, or did not happen. A nil *Report takes everything and keeps nothing.
type Report struct {
	Version int `json:"version"`
	// ID is the container's, "" if there never was one.
	ID string `json:"id"`
	// Status is the exit status of mydocker itself.
	Status int `json:"status"`
	// ExitCode is the command's own, Signal the one that it was ended by.
	ExitCode   *int    `json:"exit_code"`
	Signal     *int    `json:"signal"`
	SignalName *string `json:"signal_name"`
	Failure
	// TimedOut is whether a limit on time ended the run, TimedOutBy which.
	TimedOut   bool    `json:"timed_out"`
	TimedOutBy *string `json:"timed_out_by"`
	// Wall is the time from the command's execution until its end was seen.
	Wall *int64 `json:"wall_usec"`
	Usage
	Limits   Limits   `json:"limits"`
	Versions Versions `json:"cgroup_version"`
	affinity string   // see RunsOn
	// Started is when the command was executed, Ended when its end, or that of
	// mydocker, was seen. Both are UTC.
	Started *time.Time `json:"started_at"`
	Ended   *time.Time `json:"ended_at"`
	// Argv is the command and its arguments, with U+FFFD for what is not UTF-8.
	// ArgvBase64 has all bytes then.
	Argv       []string `json:"argv"`
	ArgvBase64 []string `json:"argv_base64"`
}

// Failure says who failed, and where. In the report of a success all is nil.
type Failure struct {
	// By is ByCommand or ByRuntime.
	By *string `json:"failed"`
	// Step is the one of mydocker's steps that failed; nil if the command ran.
	Step *string `json:"step"`
	// Errno is why, ErrnoName its name, such as ENOENT.
	Errno     *int    `json:"errno"`
	ErrnoName *string `json:"errno_name"`
	// Message is what mydocker said.
	Message *string `json:"error"`
}

// Who may have failed: what the user wanted to run, or mydocker.
const (
	ByCommand = "command"
	ByRuntime = "runtime"
)

// New begins the report of a run of argv.
func New(argv []string) *Report {
	r := &Report{Version: Version, Argv: argv}
	for _, arg := range argv {
		if !utf8.ValidString(arg) {
			r.ArgvBase64 = inBase64(argv)
			break
		}
	}
	return r
}

func inBase64(argv []string) []string {
	encoded := make([]string, len(argv))
	for i, arg := range argv {
		encoded[i] = base64.StdEncoding.EncodeToString([]byte(arg))
	}
	return encoded
}

// Begin says that the command was executed at that time, in nanoseconds of
// CLOCK_MONOTONIC, or 0 for just now.
func (r *Report) Begin(at int64) {
	if r == nil {
		return
	}
	started := TimeOf(at)
	r.Started = &started
}

// TimeOf returns when it was at nanoseconds of CLOCK_MONOTONIC, or now if at is 0.
func TimeOf(at int64) time.Time {
	now := time.Now()
	if then := utils.OfMonotonic(at); at > 0 && then.Before(now) {
		return then
	}
	return now
}

// End says how the command ended just now, and by which limit on time, or "".
func (r *Report) End(status unix.WaitStatus, timedOutBy string) {
	if r == nil {
		return
	}
	r.Ended = ptr(time.Now())
	if r.Started != nil {
		r.Wall = ptr(r.Ended.Sub(*r.Started).Microseconds())
	}
	if status.Signaled() {
		r.Signal = ptr(int(status.Signal()))
		r.SignalName = nameOf(unix.SignalName(status.Signal()))
	} else {
		r.ExitCode = ptr(status.ExitStatus())
	}
	if timedOutBy != "" {
		r.TimedOut, r.TimedOutBy = true, &timedOutBy
	}
}

// RunsOn says on which CPUs the container runs, as the kernel has it for its first
// process.
func (r *Report) RunsOn(cpus utils.CPUList) {
	if r != nil {
		r.affinity = cpus.String()
	}
}

// ReadBack reads what the kernel counted, and the limits, while the container's
// cgroups are still there. A figure that it does not have stays nil.
func (r *Report) ReadBack(directories map[string]cgroups.Directory) error {
	f := files{directories: directories}
	r.Usage, r.Limits, r.Versions = f.usage(), f.limits(), f.versions()
	r.Limits.CPUs = nameOf(r.affinity)
	return f.err()
}

// Finish says what mydocker's exit status is and, where it failed itself or
// could not execute the command, who failed in which step.
func (r *Report) Finish(status int, failure *Failure) {
	if r.Ended == nil {
		r.Ended = ptr(time.Now())
	}
	for _, t := range []*time.Time{r.Started, r.Ended} {
		if t != nil {
			*t = t.UTC()
		}
	}
	r.Status = status
	switch {
	case failure != nil:
		r.Failure = *failure
	case status != 0:
		r.By = ptr(ByCommand)
	}
}

// NewFailure describes a failure; step is "" and errno 0 where there is none.
func NewFailure(by, step string, errno syscall.Errno, message string) *Failure {
	f := &Failure{By: &by, Step: nameOf(step), Message: &message}
	if errno != 0 {
		f.Errno, f.ErrnoName = ptr(int(errno)), nameOf(unix.ErrnoName(errno))
	}
	return f
}

// nameOf is nil for a name that there is not.
func nameOf(name string) *string {
	if name == "" {
		return nil
	}
	return &name
}

func ptr[T any](value T) *T { return &value }
