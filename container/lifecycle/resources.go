package lifecycle

import (
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// named leaves out of resources what names no limit. Before 1.3 of the specification a limit of 0 processes was none:
// podman 4 makes it of "--pids-limit -1".
func named(ociVersion string, resources *specs.LinuxResources) *specs.LinuxResources {
	if resources == nil || resources.Pids == nil || resources.Pids.Limit == nil || *resources.Pids.Limit != 0 {
		return resources
	}
	for _, older := range []string{"1.0.", "1.1.", "1.2."} {
		if strings.HasPrefix(ociVersion, older) {
			all := *resources
			all.Pids = nil
			return &all
		}
	}
	return resources
}
