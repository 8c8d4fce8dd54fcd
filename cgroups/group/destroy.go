package group

import (
	"errors"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
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

// Clear ends what is in it and removes it. Most often nothing is: then it costs no more than Destroy.
func (g *Group) Clear() error {
	busy := false
	for _, dir := range g.all() {
		err := subsystems.RemoveTree(dir)
		busy = busy || errors.Is(err, unix.EBUSY)
		if err = utils.Ignore(err, unix.EBUSY); err != nil {
			return err
		}
	}
	if !busy {
		return nil
	}
	if err := g.Kill(); err != nil {
		return err
	}
	return g.Destroy()
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
