// Package oci turns the configuration of a bundle (config.json of the OCI runtime specification,
// 1.0 to 1.3) into the plan of a container, and nothing else. What it does not know, or mydocker
// cannot do, it refuses by the name of the field: nothing that changes the meaning is left out.
//
//	decode.go            JSON -> the specification's types, by package decode
//	load.go              a bundle -> a plan
//	namespaces.go        which namespaces there are, and the maps of users
//	process.go, home.go  arguments, environment, user, limits
//	priorities.go        scheduler, I/O priority, memory policy, personality
//	labels.go            AppArmor and SELinux
//	capabilities.go      five sets of names -> numbers
//	seccomp.go           rules of system calls -> a filter
//	sysctls.go           kernel parameters of the namespaces
//	rootfs.go            the root file system -> operations, in order
//	mounts.go            the mounts of the configuration, with mountoptions.go, bindmounts.go,
//	                     cgroupmounts.go and idmap.go
//	notify.go            the socket at which the command says that it is ready
//	devices.go, paths.go /dev, masked and read-only paths
//	refuse.go            what is refused by name
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
	// Notify has the command get a socket at which it says that it is ready ($NOTIFY_SOCKET).
	Notify bool
	// Cache is a directory of this user's in which compiled seccomp filters are kept, "" for
	// none.
	Cache string
}
