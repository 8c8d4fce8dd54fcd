// Package oci turns the configuration of a bundle (config.json of the OCI runtime specification,
// 1.0 to 1.3) into the plan of a container, and nothing else. What it does not know, or mydocker
// cannot do, it refuses by the name of the field: nothing that changes the meaning is left out.
//
//	scan.go, decode.go   JSON -> the specification's types, nothing unknown in it
//	load.go              a bundle -> a plan
//	namespaces.go        which namespaces there are, and the maps of users
//	process.go           arguments, environment, user, limits
//	capabilities.go      five sets of names -> numbers
//	seccomp.go           rules of system calls -> a filter
//	exec.go              what joins a container
package oci

// Options are those of the command line that count for the plan.
type Options struct {
	// Config is the file with the configuration, below the bundle, "" for config.json.
	Config string
	// NoPivot is --no-pivot: the host's root stays below the container's (MS_MOVE).
	NoPivot bool
	// NoNewKeyring is --no-new-keyring: the caller's session keyring is kept.
	NoNewKeyring bool
	// Systemd is --systemd-cgroup.
	Systemd bool
	// Cache is a directory of this user's in which compiled seccomp filters are kept, "" for
	// none.
	Cache string
}
