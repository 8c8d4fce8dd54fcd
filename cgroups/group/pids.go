package group

import (
	"strconv"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/mydocker/mydocker/cgroups/subsystems"
)

// pidsSettings: Documentation/admin-guide/cgroup-v1/pids.rst. What is less than 0 is no limit. 0 means that
// nothing can be forked, as 1 does once the init process is there: so that it can be born, it is 1.
func pidsSettings(_ *target, r *specs.LinuxResources) ([]subsystems.Setting, error) {
	if r.Pids == nil || r.Pids.Limit == nil {
		return nil, nil
	}
	most := "max"
	if limit := *r.Pids.Limit; limit >= 0 {
		most = strconv.FormatInt(max(limit, 1), 10)
	}
	return []subsystems.Setting{{File: "pids.max", Value: most}}, nil
}
