// Package doctor examines what a host offers to mydocker, and says of what is
// missing how to get it. It believes what it has tried: a version number tells
// little of a kernel that distributions have patched, and nothing of the seccomp
// filter or the limits that the caller is under.
package doctor

// Status is how a check came out.
type Status string

// From good to bad. Only what keeps "mydocker run" from working is a Problem.
const (
	OK      Status = "ok"
	Note    Status = "note"    // not there, and nothing that a plain run needs
	Warning Status = "warning" // a run works, but for what is said here
	Problem Status = "problem" // a run does not work, and this may be why
)

// Finding is what one check found.
type Finding struct {
	Group  string `json:"group"`
	Name   string `json:"name"`
	Status Status `json:"status"`
	Found  string `json:"found"`
	// Remedy says what to do about it; empty where there is nothing to do.
	Remedy string `json:"remedy,omitempty"`
}

// ReportVersion is that of the form of a Report. It grows when a member changes
// its meaning or goes away, not when one is added.
const ReportVersion = 1

// Report is the outcome of all checks.
type Report struct {
	Version int `json:"version"`
	// RunWorks says that a container was started for a trial, and ended well.
	RunWorks bool      `json:"run_works"`
	Checks   []Finding `json:"checks"`
}

// check is one thing to look at. Its remedy is told with every answer that lacks
// something and brings none of its own.
type check struct {
	group, name string
	look        func(*Host) answer
	remedy      string
}

type answer struct {
	status Status
	found  string
	remedy string
	// unknown says that the check could not be made, so there is no remedy.
	unknown bool
}

func ok(found string) answer { return answer{status: OK, found: found} }

func unknown(why string) answer {
	return answer{status: Note, found: "not known: " + why, unknown: true}
}

// checks lists all of them, in the order in which they are told.
func checks() []check {
	var all []check
	for _, group := range [][]check{
		hostChecks(), userChecks(), namespaceChecks(), userNamespaceChecks(), cgroupChecks(), kernelChecks(), runChecks(),
	} {
		all = append(all, group...)
	}
	return all
}

// Examine makes all checks. The trial run comes first, because it decides how
// serious everything else is.
func Examine(h *Host) *Report {
	h.tried = h.tryRun()
	report := &Report{Version: ReportVersion, RunWorks: h.tried.works}
	for _, c := range checks() {
		a := c.look(h)
		if a.status != OK && a.remedy == "" && !a.unknown {
			a.remedy = c.remedy
		}
		report.Checks = append(report.Checks, Finding{c.group, c.name, a.status, a.found, a.remedy})
	}
	return report
}
