package doctor

import "strings"

func runChecks() []check {
	return []check{{"run", "a container", runCheck, "go by what it says, and by the problems above"}}
}

// runCheck tells how the trial run came out.
func runCheck(h *Host) answer {
	switch {
	case !h.tried.works:
		a := answer{status: Problem, found: h.tried.message}
		for _, r := range stepRemedies() {
			if strings.HasPrefix(a.found, r.step) {
				a.remedy = r.remedy
			}
		}
		return a
	case len(h.tried.warnings) > 0:
		return answer{status: Warning, found: "started and ended well, but " + strings.Join(h.tried.warnings, ", "), remedy: "see the warnings above"}
	}
	return ok("started and ended well")
}

type stepRemedy struct{ step, remedy string }

// stepRemedies are for steps of a run that no other check looks at.
func stepRemedies() []stepRemedy {
	return []stepRemedy{
		{"make mounts private", "in another runtime's container: --privileged, or --security-opt apparmor=unconfined"},
		{"mount /proc", "see what is said of all of /proc; in another runtime's container: --privileged, or --security-opt apparmor=unconfined"},
		{"bring up loopback", "run it with CAP_NET_ADMIN, too"},
	}
}
