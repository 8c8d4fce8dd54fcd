package cmd

import (
	"github.com/mydocker/mydocker/cmd/ocicli"
)

// Called as mydocker-oci, by a link or as "mydocker oci", mydocker is an OCI runtime, with the
// command line of one.
const ociName = "oci"

func isOCI(args []string) bool {
	return len(args) > 0 && ocicli.IsProgram(args[0]) || len(args) > 1 && args[1] == ociName
}

// runOCI is mydocker as an OCI runtime.
func runOCI(args []string) int {
	return ocicli.Main(args, func() ocicli.Build {
		b := thisBuild()
		return ocicli.Build{Version: b.Version, Commit: b.commit()}
	})
}
