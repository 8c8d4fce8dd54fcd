package cmd

import "path/filepath"

// Called as mydocker-oci, by a link or as "mydocker oci", mydocker is an OCI runtime, with the
// command line of one.
const (
	ociName    = "oci"
	ociProgram = "mydocker-oci"
)

func isOCI(args []string) bool {
	return len(args) > 0 && filepath.Base(args[0]) == ociProgram || len(args) > 1 && args[1] == ociName
}
