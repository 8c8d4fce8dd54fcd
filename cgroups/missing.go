package cgroups

import (
	"fmt"
	"strings"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// missing says why no hierarchy that is mounted here has the controller, and what
// helps. The layout is what was found instead.
func missing(controller string, layout Layout) *MissingError {
	known, err := utils.ReadFile("/proc/cgroups")
	if err != nil {
		known = ""
	}
	return &MissingError{controller, whereIs(controller, known, layout)}
}

// whereIs looks a controller up in the content of /proc/cgroups (cgroups(7):
// name, number of its v1 hierarchy or 0, number of cgroups, enabled). Kernels
// from 6.11 on may leave a controller out there that only v2 can have.
func whereIs(controller, known string, layout Layout) string {
	for line := range strings.Lines(known) {
		fields := strings.Fields(line)
		switch {
		case len(fields) != 4 || fields[0] != controller:
		case fields[3] == "0":
			return "the kernel has it disabled (cgroup_disable= on its command line)"
		case fields[1] != "0":
			return fmt.Sprintf("it is held by a v1 hierarchy that is not mounted here, number %s in /proc/cgroups, so v2 cannot have it; mount that (mount -t cgroup -o %s cgroup DIRECTORY)", fields[1], controller)
		}
	}
	for _, h := range layout {
		if h.Version == subsystems.V2 {
			return notPassedOn(h.Mountpoint, controller)
		}
	}
	return fmt.Sprintf("no v1 hierarchy holds it, and no cgroup2 mount that is seen here offers it; mount one (mount -t cgroup2 cgroup2 DIRECTORY), or where there is one have the cgroup above pass it on, by +%s in its cgroup.subtree_control (a systemd unit, by Delegate=yes)", controller)
}

// notPassedOn is for a v2 cgroup at dir that is not given the controller.
func notPassedOn(dir, controller string) string {
	return fmt.Sprintf("%s/cgroup.controllers does not list it: the cgroup above has to pass it on, by +%s in its cgroup.subtree_control (a systemd unit, by Delegate=yes)", dir, controller)
}
