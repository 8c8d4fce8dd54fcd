package group

import (
	"errors"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
)

// Destroy removes it, with what is below it. What still runs in it is an error (EBUSY). The cgroups
// above stay, whoever made them: the engine that named the path may count on them.
func (g *Group) Destroy() error {
	var errs []error
	for _, dir := range g.all() {
		errs = append(errs, removeDir(dir))
	}
	return errors.Join(errs...)
}

// removeDir removes a cgroup. The kernel takes a moment to finish with processes that are dead.
func removeDir(dir string) error {
	var limit wait
	for {
		err := subsystems.RemoveTree(dir)
		if !errors.Is(err, unix.EBUSY) {
			return err
		}
		pids, listing := processesIn(dir)
		if listing != nil || len(pids) > 0 && limit.waited > graceOfDead || !limit.pause() {
			return errors.Join(err, listing)
		}
	}
}
