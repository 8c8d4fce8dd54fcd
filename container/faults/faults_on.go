//go:build faults

package faults

import (
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// variable names the variable that tells a build with the tag "faults", which
// is for tests only, what goes wrong and where: "host:before:STEP:ENOSPC" has
// the step fail instead of being done, "host:after:STEP:ENOSPC" when it is done,
// and KILL instead of an error kills mydocker there. See also package bare.
const variable = "MYDOCKER_FAULT"

// Around does what a step of the host does, and puts the fault there that is asked for.
func Around(step string, do func() error) error {
	fields := strings.Split(os.Getenv(variable), ":")
	if len(fields) != 4 || fields[0] != "host" || fields[2] != step {
		return do()
	}
	if fields[1] == "before" {
		return fault(fields[3])
	}
	if err := do(); err != nil {
		return err
	}
	return fault(fields[3])
}

func fault(what string) error {
	if what == "KILL" {
		if err := unix.Kill(os.Getpid(), unix.SIGKILL); err != nil {
			return err
		}
		select {}
	}
	for errno := syscall.Errno(1); errno < 200; errno++ {
		if unix.ErrnoName(errno) == what {
			return errno
		}
	}
	return nil
}
