// Mydocker runs a command in a container: new namespaces, cgroup limits, no
// daemon. See docs/architecture.md for the way of one run through the code.

// The runtime's cgroup-aware GOMAXPROCS would keep two of the host's cgroup
// files open and wake up to read them again; a runtime that only waits for its
// container needs neither.
//
//go:debug containermaxprocs=0
//go:debug updatemaxprocs=0
package main

import (
	"os"

	"github.com/mydocker/mydocker/cmd"
)

func main() {
	os.Exit(cmd.Main(os.Args))
}
