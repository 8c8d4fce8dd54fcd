package group

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/mydocker/mydocker/cgroups/subsystems"
)

// hugetlbSettings: Documentation/admin-guide/cgroup-v1/hugetlb.rst. Reservations are limited where the kernel can do
// that (Linux 5.7), and use always.
func hugetlbSettings(t *target, r *specs.LinuxResources) ([]subsystems.Setting, error) {
	var settings []subsystems.Setting
	file := "limit_in_bytes"
	if t.version == subsystems.V2 {
		file = "max"
	}
	for _, l := range r.HugepageLimits {
		if !isPageSize(l.Pagesize) {
			return nil, invalid("hugepageLimits.pageSize", strconv.Quote(l.Pagesize), "it is a number and KB, MB or GB")
		}
		limit := strconv.FormatUint(l.Limit, 10)
		settings = append(settings,
			subsystems.Setting{File: "hugetlb." + l.Pagesize + "." + file, Value: limit, Needs: "a machine with huge pages of " + l.Pagesize},
			subsystems.Setting{File: "hugetlb." + l.Pagesize + ".rsvd." + file, Value: limit, Optional: true})
	}
	return settings, nil
}

// isPageSize also keeps all that would name another file out of the name of the file.
func isPageSize(s string) bool {
	if len(s) < 3 || !slices.Contains([]string{"KB", "MB", "GB"}, s[len(s)-2:]) {
		return false
	}
	digits := s[:len(s)-2]
	return digits[0] != '0' && strings.Trim(digits, "0123456789") == ""
}

// classSettings: Documentation/admin-guide/cgroup-v1/net_cls.rst. A 0 is no class.
func classSettings(t *target, r *specs.LinuxResources) ([]subsystems.Setting, error) {
	if r.Network == nil || value(r.Network.ClassID) == 0 {
		return nil, nil
	}
	if t.version == subsystems.V2 {
		return nil, fmt.Errorf("resources.network.classID needs the controller net_cls of cgroup v1, which is not mounted")
	}
	return []subsystems.Setting{{File: "net_cls.classid", Value: strconv.FormatUint(uint64(*r.Network.ClassID), 10)}}, nil
}

// prioritySettings: Documentation/admin-guide/cgroup-v1/net_prio.rst. The interfaces are those of the runtime's network namespace.
func prioritySettings(t *target, r *specs.LinuxResources) ([]subsystems.Setting, error) {
	if r.Network == nil || len(r.Network.Priorities) == 0 {
		return nil, nil
	}
	if t.version == subsystems.V2 {
		return nil, fmt.Errorf("resources.network.priorities needs the controller net_prio of cgroup v1, which is not mounted")
	}
	var settings []subsystems.Setting
	for _, p := range r.Network.Priorities {
		settings = append(settings, subsystems.Setting{File: "net_prio.ifpriomap", Value: p.Name + " " + strconv.FormatUint(uint64(p.Priority), 10)})
	}
	return settings, nil
}

// rdmaSettings: Documentation/admin-guide/cgroup-v1/rdma.rst, which is the same on v2.
func rdmaSettings(_ *target, r *specs.LinuxResources) ([]subsystems.Setting, error) {
	var settings []subsystems.Setting
	for _, device := range slices.Sorted(maps.Keys(r.Rdma)) {
		value := device
		if handles := r.Rdma[device].HcaHandles; handles != nil {
			value += fmt.Sprintf(" hca_handle=%d", *handles)
		}
		if objects := r.Rdma[device].HcaObjects; objects != nil {
			value += fmt.Sprintf(" hca_object=%d", *objects)
		}
		if value == device {
			return nil, invalid("rdma", strconv.Quote(device), "it has neither hcaHandles nor hcaObjects")
		}
		settings = append(settings, subsystems.Setting{File: "rdma.max", Value: value})
	}
	return settings, nil
}
