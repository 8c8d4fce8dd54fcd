package doctor

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/sirupsen/logrus"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups"
	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

const limitRemedy = "go by the cause, or name a place that has it with --cgroup-parent; until then a default limit is left out, and one that is asked for is refused"

func cgroupChecks() []check {
	const group = "cgroups"
	all := []check{
		{group, "layout", layoutCheck, "mount -t cgroup2 cgroup2 /sys/fs/cgroup"},
		{group, "delegation", delegation, "systemd-run --user --scope -p Delegate=yes COMMAND; for all sessions [Service] Delegate=cpu cpuset io memory pids in /etc/systemd/system/user@.service.d/delegate.conf"},
	}
	for _, name := range controllers() {
		all = append(all, check{group, name, func(h *Host) answer { return h.controller(name) }, limitRemedy})
	}
	return append(all, check{group, "swap accounting", swapAccounting, "boot with swapaccount=1 (before Linux 6.1 a kernel with CONFIG_MEMCG_SWAP)"})
}

// controllers are those that hold a limit by default.
func controllers() []string { return subsystems.Names(&subsystems.ResourceConfig{}) }

// layout is where the controllers are.
type layout struct {
	v1 []string // controllers, in the order of mountinfo
	v2 *subsystems.Hierarchy
}

// layout looks in mountinfo; of several mounts of cgroup2 the first with the widest
// view counts, as for run.
func (h *Host) layout() (l layout) {
	for _, m := range h.mounts() {
		switch {
		case m.FSType == "cgroup":
			for _, option := range strings.Split(m.Super, ",") {
				if option != "rw" && option != "ro" && !strings.Contains(option, "=") && !slices.Contains(l.v1, option) {
					l.v1 = append(l.v1, option)
				}
			}
		case m.FSType == "cgroup2" && (l.v2 == nil || len(m.Root) < len(l.v2.Root)):
			l.v2 = &subsystems.Hierarchy{Version: subsystems.V2, Mountpoint: strings.TrimSuffix(m.Point, "/"), Root: m.Root}
			l.v2.Controllers = strings.Fields(h.value(m.Point + "/cgroup.controllers"))
		}
	}
	return l
}

func layoutCheck(h *Host) answer {
	l := h.layout()
	switch {
	case !h.hasProc():
		return unknown(noProc)
	case l.v2 == nil && len(l.v1) == 0:
		return answer{status: Warning, found: "no cgroup file system is mounted: default limits are left out, others refused"}
	case l.v2 == nil:
		return ok("v1: " + strings.Join(l.v1, ", "))
	case len(l.v1) == 0:
		return ok(fmt.Sprintf("v2 at %s: %s", l.v2.Mountpoint, strings.Join(l.v2.Controllers, ", ")))
	}
	here := "none"
	if len(l.v2.Controllers) > 0 {
		here = strings.Join(l.v2.Controllers, ", ")
	}
	return ok(fmt.Sprintf("v1: %s; v2 at %s: %s", strings.Join(l.v1, ", "), l.v2.Mountpoint, here))
}

// ownV2 is the directory of the caller's own cgroup, or "" without cgroup v2.
func (h *Host) ownV2() string {
	l := h.layout()
	if l.v2 == nil {
		return ""
	}
	for line := range strings.Lines(h.value("/proc/self/cgroup")) {
		if name, is := strings.CutPrefix(strings.TrimSpace(line), "0::"); is {
			return l.v2.DirOf(name)
		}
	}
	return ""
}

// delegation looks for the cgroup that an ordinary user may make others in
// (cgroup-v2.rst, "Delegation").
func delegation(h *Host) answer {
	if h.privileged() {
		return ok("root needs none")
	}
	if !h.hasProc() {
		return unknown(noProc)
	}
	parent, err := h.tryParent()
	if err == nil {
		return ok("containers have their cgroups below " + parent)
	}
	a := answer{status: Warning, found: err.Error()}
	if l := h.layout(); l.v2 == nil || !slices.Contains(l.v2.Controllers, subsystems.MemoryName) {
		a.remedy = "run as root, or boot with systemd.unified_cgroup_hierarchy=1"
	}
	return a
}

// limitTrial is how the setting of one limit came out.
type limitTrial struct {
	err     error  // what stands in its way
	refused bool   // so that no run works, and not only without this limit
	parent  string // the cgroup below which it was set
	swap    bool   // swap is accounted there
	onV2    bool   // it is on cgroup v2
	kill    bool   // which has cgroup.kill
}

// controller has the engine set a limit in a cgroup of its own.
func (h *Host) controller(name string) answer {
	if !h.hasProc() {
		return unknown(noProc)
	}
	t := h.tryLimit(name)
	var notDelegated *cgroups.NotDelegatedError
	switch {
	case errors.As(t.err, &notDelegated):
		return answer{status: Warning, found: "not delegated to this user", remedy: "see delegation"}
	case t.err == nil:
		return ok("a limit was set in " + t.parent)
	case t.refused:
		return h.serious(t.err.Error())
	}
	return answer{status: Warning, found: t.err.Error()}
}

func swapAccounting(h *Host) answer {
	t := h.tryLimit(subsystems.MemoryName)
	if t.err != nil {
		return unknown("no memory limit can be set")
	}
	hasSwap := strings.Count(h.value("/proc/swaps"), "\n") > 0 // behind the heading
	switch {
	case t.swap:
		return ok("swap counts as memory")
	case hasSwap:
		return answer{status: Warning, found: "swap is on and not accounted: what a memory limit does not let into memory goes there"}
	}
	return answer{status: Note, found: "swap is not accounted, but there is none"}
}

// ordinaryParent is where run makes an ordinary user's cgroups.
func ordinaryParent() (string, error) {
	layout, err := cgroups.FindLayout(controllers())
	if err != nil {
		return "", err
	}
	return cgroups.DelegatedParent(layout)
}

// askedParent is the cgroup parent that was asked for, if the caller may use it.
func (h *Host) askedParent(parent string) (string, error) {
	if h.privileged() {
		return parent, nil
	}
	layout, err := cgroups.FindLayout(controllers())
	if err != nil {
		return "", err
	}
	return parent, cgroups.CheckParent(layout, parent)
}

// tryLimit sets a default limit in a new cgroup below parent by the engine's own
// means, and removes it all.
func tryLimit(parent, controller string) (t limitTrial) {
	layout, err := cgroups.FindLayout(controllers())
	if err != nil {
		return limitTrial{err: err, refused: true}
	}
	id, err := utils.NewID()
	if err != nil {
		return limitTrial{err: err, refused: true}
	}
	resources := someLimit(controller)
	var said bytes.Buffer
	m, err := cgroups.NewCgroupManager(parent, id, resources, layout, plainLogger(&said))
	if err != nil {
		return limitTrial{err: err, refused: true}
	}
	err = m.Set()
	if err == nil && resources.Sets(controller) {
		t = limitTrial{
			parent: path.Dir(m.ByController()[controller].Dir),
			swap:   anyHas(m.Dirs(), "memory.memsw.limit_in_bytes", "memory.swap.max"),
			onV2:   layout[controller].Version == subsystems.V2,
			kill:   anyHas(m.Dirs(), "cgroup.kill"),
		}
	}
	err = errors.Join(err, m.Destroy())
	switch {
	case err != nil:
		t.err, t.refused = err, true
	case !resources.Sets(controller):
		_, reason, _ := strings.Cut(strings.TrimSpace(said.String()), " is left out: ")
		t.err = errors.New(reason)
	}
	return t
}

// anyHas reports whether one of the files is in one of the directories.
func anyHas(dirs []string, files ...string) bool {
	for _, dir := range dirs {
		for _, file := range files {
			var stat unix.Stat_t
			if unix.Stat(dir+"/"+file, &stat) == nil {
				return true
			}
		}
	}
	return false
}

// someLimit is a default limit for one controller and none for the others.
func someLimit(controller string) *subsystems.ResourceConfig {
	resources := &subsystems.ResourceConfig{}
	switch controller {
	case subsystems.MemoryName:
		resources.Memory.Value = 256 << 20
	case subsystems.CPUSetName:
		resources.CPUs.Value = utils.CPUList{0}
	case subsystems.CPUName:
		resources.CPUShares.Value = 512
	}
	return resources
}

// plainLogger writes warnings to w, and nothing but their text.
func plainLogger(w io.Writer) *logrus.Logger {
	log := logrus.New()
	log.SetOutput(w)
	log.SetLevel(logrus.WarnLevel)
	log.SetFormatter(messageOnly{})
	return log
}

type messageOnly struct{}

// Format implements logrus.Formatter.
func (messageOnly) Format(entry *logrus.Entry) ([]byte, error) {
	return []byte(entry.Message + "\n"), nil
}
