package cgroups

import (
	"slices"
	"strings"

	"github.com/mydocker/mydocker/cgroups/subsystems"
)

// cgroupOf finds the calling process's cgroup in hierarchy h in the content of
// a /proc/PID/cgroup file (cgroups(7): "hierarchy-ID:controller-list:path").
// It answers "/" where the file does not mention h.
func cgroupOf(content string, h *subsystems.Hierarchy) string {
	for _, line := range strings.Split(content, "\n") {
		fields := strings.SplitN(line, ":", 3)
		if len(fields) != 3 || !strings.HasPrefix(fields[2], "/") {
			continue
		}
		listed := strings.Split(fields[1], ",")
		if h.Version == subsystems.V2 && fields[0] == "0" && fields[1] == "" {
			return fields[2]
		}
		if h.Version == subsystems.V1 && slices.Contains(listed, h.Controllers[0]) {
			return fields[2]
		}
	}
	return "/"
}
