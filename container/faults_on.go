//go:build faults

package container

import (
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// faultVar names the variable that tells a build with the tag "faults", which
// is for tests only, what goes wrong and where: "host:before:STEP:ENOSPC" has
// the step fail instead of being done, "host:after:STEP:ENOSPC" when it is done,
// and KILL instead of an error kills mydocker there. See also package bare.
const faultVar = "MYDOCKER_FAULT"

// withFaults puts the fault that is asked for into its step.
func withFaults(list []step) []step {
	fields := strings.Split(os.Getenv(faultVar), ":")
	if len(fields) != 4 || fields[0] != "host" {
		return list
	}
	for i, s := range list {
		if s.name != fields[2] {
			continue
		}
		list[i].do = func(r *run) error {
			if fields[1] == "before" {
				return fault(fields[3])
			}
			if err := s.do(r); err != nil {
				return err
			}
			return fault(fields[3])
		}
	}
	return list
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
