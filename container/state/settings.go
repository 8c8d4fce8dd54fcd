package state

import "github.com/mydocker/mydocker/container/image"

// Settings are what was asked for of a container that stays, apart from what it is (its spec,
// SpecName). Those of one that was kept by a foreground run are all zero.
type Settings struct {
	// Supervised says that it has a spec, by which a supervisor can start it.
	Supervised bool `json:"supervised,omitempty"`
	// TTY, OpenStdin and StdinOnce are Docker's: it has a terminal; its stdin stays open without a
	// reader; its stdin is closed when the first that is attached to it goes.
	TTY       bool `json:"tty,omitempty"`
	OpenStdin bool `json:"open_stdin,omitempty"`
	StdinOnce bool `json:"stdin_once,omitempty"`
	// Attach are the streams to which who made it was going to be attached.
	Attach Attach `json:"attach,omitzero"`
	// AutoRemove is --rm.
	AutoRemove bool          `json:"auto_remove,omitempty"`
	Restart    RestartPolicy `json:"restart,omitzero"`
	Log        LogConfig     `json:"log,omitzero"`
	// Health is the check in force, nil for none.
	Health *image.Healthcheck `json:"health,omitempty"`
	// Volumes are those of the store that it has.
	Volumes []VolumeUse `json:"volumes,omitempty"`
}

// Attach are streams of a command.
type Attach struct {
	Stdin  bool `json:"stdin,omitempty"`
	Stdout bool `json:"stdout,omitempty"`
	Stderr bool `json:"stderr,omitempty"`
}

// The names of restart policies, as Docker has them.
const (
	RestartNo            = "no"
	RestartOnFailure     = "on-failure"
	RestartAlways        = "always"
	RestartUnlessStopped = "unless-stopped"
)

// RestartPolicy says when a container is started again; Name "" is RestartNo. Max is how many
// times on-failure tries, 0 for ever.
type RestartPolicy struct {
	Name string `json:"name,omitempty"`
	Max  int    `json:"max,omitempty"`
}

// LogConfig says where the output goes: the driver's name ("" is json-file) and its options.
type LogConfig struct {
	Driver  string            `json:"driver,omitempty"`
	Options map[string]string `json:"options,omitempty"`
}

// VolumeUse is a volume of the store, mounted at Target. Anonymous ones go with rm --volumes, and
// with --rm.
type VolumeUse struct {
	Name      string `json:"name"`
	Target    string `json:"target"`
	Anonymous bool   `json:"anonymous,omitempty"`
}

// The files of a container that stays, in its directory, beside those of package state.
const (
	SpecName       = "spec.json"
	ControlName    = "control"
	LogDirName     = "log"
	HealthName     = "health.json"
	SupervisorName = "supervisor.log"
)
