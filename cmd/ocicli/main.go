// Package ocicli is the command line of an OCI runtime, as podman, containerd's shim and dockerd
// call it: mydocker-oci, or "mydocker oci".
package ocicli

// Main runs it with the given arguments, the program's name first, and returns the exit code.
func Main(args []string) int { return 1 }
