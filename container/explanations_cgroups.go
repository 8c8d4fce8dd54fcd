package container

import (
	"fmt"
	"path"
	"strings"

	"github.com/mydocker/mydocker/cgroups"
	"github.com/mydocker/mydocker/container/explain"
)

func (r *run) explainFindCgroups() []explain.Action {
	actions := []explain.Action{{
		Kernel: `read("/proc/self/mountinfo", ...)`,
		Why:    "The limits are files, and the mounts tell where: on cgroup v1 each controller has a tree of its own, on v2 they share one.",
		Shell:  "grep cgroup /proc/self/mountinfo",
		Use:    explain.AsIs,
	}}
	if r.config.CgroupParent == "" {
		actions = append(actions, explain.Action{
			Kernel: `read("/proc/self/cgroup", ...)`,
			Why:    "The container's cgroups are made below mydocker's own, so that what limits mydocker limits the container, too.",
			Shell:  "cat /proc/self/cgroup",
			Use:    explain.AsIs,
		})
	}
	return actions
}

// explainCgroups is live: what is made depends on what is there.
func (r *run) explainCgroups() []explain.Action {
	var actions []explain.Action
	for _, change := range r.cgroups.Plan() {
		actions = append(actions, ahead(&change, explain.Before))
	}
	for _, change := range r.cgroups.PlanRemoval() {
		actions = append(actions, ahead(&change, explain.After))
	}
	return actions
}

// happened explains a change of a cgroup that was just made.
func happened(change *cgroups.Change) explain.Action {
	switch change.Verb {
	case cgroups.Make:
		return explain.Mkdir(change.Path, change.Mode, change.Why)
	case cgroups.Remove:
		return explain.Rmdir(change.Path, change.Why)
	case cgroups.Attach:
		return explain.Action{
			Kernel: "bpf(BPF_PROG_ATTACH, {target_fd=..., attach_type=BPF_CGROUP_DEVICE, attach_flags=BPF_F_ALLOW_MULTI}, ...)",
			Why:    change.Why,
			Shell:  "bpftool cgroup attach " + explain.Quote(change.Path) + " device pinned PROGRAM multi",
			Lacks:  "a shell attaches no program to a cgroup, which says what devices may be used",
		}
	case cgroups.Lock:
		return explain.Action{
			Kernel: fmt.Sprintf("flock(%q, LOCK_EX|LOCK_NB)", change.Path),
			Why:    change.Why,
			Shell:  "flock " + explain.Quote(change.Path) + " COMMAND",
		}
	}
	a := explain.Write(change.Path, change.Value, change.Why)
	if name := path.Base(change.Path); name == "cgroup.procs" && change.Value != "0" || name == "cgroup.kill" {
		a.Use = explain.Piece // it is about processes that are gone when it is typed
	}
	return a
}

// ahead explains a change that is planned. Its shell command works whatever is
// there already.
func ahead(change *cgroups.Change, position explain.Position) explain.Action {
	a := happened(change)
	if a.Live = true; change.Verb == cgroups.Attach {
		return a
	}
	a.Position = position
	name := explain.Quote(change.Path)
	switch {
	case change.Verb == cgroups.Make && change.Shared:
		a.Shell = "mkdir -p " + name
	case change.Verb == cgroups.Make: // another container may just have removed the parent
		a.Shell = "mkdir " + name + " 2>/dev/null || { mkdir -p " + explain.Quote(path.Dir(change.Path)) + " && mkdir " + name + "; }"
	case change.Verb == cgroups.Remove && change.Shared:
		a.Shell = "rmdir " + name + " 2>/dev/null || :"
	case change.Verb == cgroups.Remove:
		a.Shell = "for _ in 1 2 3 4 5 6 7 8 9; do rmdir " + name + " 2>/dev/null && break; sleep 0.1; done"
	case change.From != "" && change.Shared:
		a.Shell = `[ -n "$(cat ` + name + `)" ] || cat ` + explain.Quote(change.From) + " >" + name
	case change.From != "":
		a.Shell = "cat " + explain.Quote(change.From) + " >" + name
	case change.Verb == cgroups.Write && change.Shared: // who may not write it need not, where it is done
		a.Shell = "grep -qw " + explain.Quote(strings.TrimPrefix(change.Value, "+")) + " " + name + " || " + a.Shell
	case change.Else != nil:
		other := ahead(change.Else, position)
		a.Shell = "if [ -e " + name + " ]; then " + a.Shell + "; else " + other.Shell + "; fi"
	case change.Optional:
		a.Shell = "[ ! -e " + name + " ] || " + a.Shell
	}
	return a
}

func (r *run) explainLeftovers() []explain.Action {
	var actions []explain.Action
	for _, dir := range r.cgroups.Dirs() {
		parent := path.Dir(dir)
		actions = append(actions, explain.Action{
			Kernel: fmt.Sprintf("stat(%q, ...)", parent),
			Why:    "Is another cgroup there? If no living mydocker holds a lock on it, its own was killed, and it goes.",
			Shell:  "ls -l " + explain.Quote(parent),
			Use:    explain.AsIs,
		})
	}
	return actions
}
