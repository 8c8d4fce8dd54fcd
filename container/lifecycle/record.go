package lifecycle

import (
	"encoding/json"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/wire"
)

// Record is what is kept of a container, in its directory. That it runs is not in it: the kernel
// is asked for that.
type Record struct {
	Version     int               `json:"version"`
	ID          string            `json:"id"`
	OCIVersion  string            `json:"oci_version"`
	Bundle      string            `json:"bundle"`
	Rootfs      string            `json:"rootfs"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Created     time.Time         `json:"created"`
	Owner       int               `json:"owner"` // the uid of who made it

	// Pid is the init process's, on the host. StartTime (field 22 of proc_pid_stat(5)) and Boot
	// (/proc/sys/kernel/random/boot_id) tell it from a later process with that number.
	Pid       int    `json:"pid"`
	StartTime uint64 `json:"start_time"`
	Boot      string `json:"boot"`

	// Cgroups are the directories of group.Group, Unit the systemd unit, "" for none.
	Cgroups map[string]string `json:"cgroups,omitempty"`
	Unit    string            `json:"unit,omitempty"`
	// Joins are the clone flags of the namespaces that a process joins to be in the container.
	Joins uintptr `json:"joins"`
	// UIDs and GIDs are the maps of its user namespace, if that is new.
	UIDs []spec.IDMap `json:"uids,omitempty"`
	GIDs []spec.IDMap `json:"gids,omitempty"`
	// Security is what init got: exec has the same filter.
	Security wire.Security `json:"security"`
	Hooks    *specs.Hooks  `json:"hooks,omitempty"`
	// Process is that of the configuration, for an exec that names but a command.
	Process json.RawMessage `json:"process,omitempty"`
}

// Exec is a process that is to join a container.
type Exec struct {
	// Message is what it is told, as in Plan.
	Message wire.Config
	Process Process
	// Affinity are the CPUs that it begins with and ends up with (execCPUAffinity), as lists; ""
	// are the container's.
	InitialCPUs, FinalCPUs string
	// Cgroup is one below the container's, "" for the container's own.
	Cgroup string
	// Warnings are as in Plan.
	Warnings []string
}
