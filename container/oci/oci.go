// Package oci turns the configuration of a bundle (config.json of the OCI runtime specification,
// 1.0 to 1.3) into the plan of a container, and nothing else. What it does not know, or mydocker
// cannot do, it refuses by the name of the field: nothing that changes the meaning is left out.
package oci

import (
	"errors"

	"github.com/mydocker/mydocker/container/lifecycle"
)

// Options are those of the command line that count for the plan.
type Options struct {
	// NoPivot is --no-pivot: the host's root stays below the container's (MS_MOVE).
	NoPivot bool
	// NoNewKeyring is --no-new-keyring: the caller's session keyring is kept.
	NoNewKeyring bool
	// Systemd is --systemd-cgroup.
	Systemd bool
}

// Load reads the bundle in a directory.
func Load(bundle string, options Options) (*lifecycle.Plan, error) { return nil, errors.New("not yet") }

// LoadProcess reads what exec is to start in the container with the given config.json: a
// process as JSON, as engines pass it in a file. Without a user, capabilities and so on of its
// own it has none, as the specification has it.
func LoadProcess(process []byte, container *lifecycle.Record, options Options) (*lifecycle.Exec, error) {
	return nil, errors.New("not yet")
}
