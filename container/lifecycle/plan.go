// Package lifecycle is the engine of containers that outlive the command that made them: create,
// start, signal, pause, update, exec, delete. Who watches over such a container is the engine
// above, which called the command.
package lifecycle

import (
	"encoding/json"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/wire"
)

// Plan is a container that is to be made, resolved: what package oci makes of a bundle. Nothing
// in it has to be looked up any more but what the kernel has to be asked for.
type Plan struct {
	// OCIVersion, Bundle, Rootfs (both absolute) and Annotations are what the state tells.
	OCIVersion, Bundle, Rootfs string
	Annotations                map[string]string
	// Config is the bundle's config.json, which is kept with the container.
	Config json.RawMessage
	// ProcessConfig is the part of it about the process, for an exec that names but a command.
	ProcessConfig json.RawMessage
	// Namespaces are those that it does not share with the caller.
	Namespaces Namespaces
	// UIDs and GIDs map the users of a new user namespace.
	UIDs, GIDs []spec.IDMap
	// TimeOffsets are lines for /proc/PID/timens_offsets, for a new time namespace.
	TimeOffsets []string
	// Message is what init is told: command, process, security and operations. The engine adds
	// what is its own: namespaces, console, the wait for the start.
	Message wire.Config
	// Files are opened descriptors that operations refer to, see wire.Operation (idmapped
	// mounts), and which init finds from wire.FirstFile on.
	Files []int
	// CgroupBinds are the operations, by their number, whose Source is the name of a controller:
	// they bind the container's cgroup of that.
	CgroupBinds []int
	// Notify is the operation, by its number, that binds the directory with the socket at which the
	// command says that it is ready, without a Source; 0, which is the root, for none.
	Notify int
	// Process is how the first process is connected.
	Process Process
	// CgroupsPath and Resources are those of the specification, Systemd says which form the path
	// has and who makes the cgroup.
	CgroupsPath string
	Systemd     bool
	Resources   *specs.LinuxResources
	// DelegatesCgroup gives the cgroup to the user of the first process, who sees it writable.
	DelegatesCgroup bool
	// Hooks are run at their times, nil for none.
	Hooks *specs.Hooks
	// Warnings tell what of the configuration could not be had, but need not be.
	Warnings []string
	// Listener is asked about system calls, nil for none.
	Listener *Listener
}

// Process is how a process in a container is connected.
type Process struct {
	// Terminal asks for a pseudo-terminal; Rows and Columns are its size, 0 for the kernel's.
	Terminal      bool
	Rows, Columns uint16
	// Owner is whom the terminal belongs to in the container.
	Owner uint32
	// OOMScore is for /proc/PID/oom_score_adj, nil to leave that. HardLimits are the hard limits
	// of its message.
	OOMScore   *int
	HardLimits []HardLimit
}

// HardLimit is one of setrlimit(2).
type HardLimit struct {
	Resource int
	Value    uint64
}

// Listener is who answers for SCMP_ACT_NOTIFY (config-linux.md, "Seccomp").
type Listener struct {
	Path     string `json:"path"`
	Metadata string `json:"metadata,omitempty"`
}

// Exec is a process that is to join a container.
type Exec struct {
	// Message is what it is told, as in Plan.
	Message wire.Config
	Process Process
	// InitialCPUs and FinalCPUs are those that it begins with and ends up with (execCPUAffinity), as
	// lists. Without any it has those of its cgroup with AllCPUs, and else those of the caller.
	InitialCPUs, FinalCPUs string
	AllCPUs                bool
	// Cgroups are those below the container's that it goes into, by the name of a controller, ""
	// for all that have none of their own; nil is the container's own.
	Cgroups map[string]string
	// RootOfInit has it get the root directory of init, where that may be another than that of the
	// mount namespace.
	RootOfInit bool
	// NoInput leaves it the caller's stdin out, where the caller stays.
	NoInput bool
	// Warnings are as in Plan.
	Warnings []string
}
