package containers

import (
	"errors"
	"io/fs"
	"os"

	"github.com/mydocker/mydocker/container/detached"
	"github.com/mydocker/mydocker/container/image/cp"
	"github.com/mydocker/mydocker/container/image/kept"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/container/volume"
)

// planOf tells of a container that does not run what its root would be, with what is mounted there.
func planOf(stateDir string) func(c *state.Container) (*kept.Plan, error) {
	return func(c *state.Container) (*kept.Plan, error) {
		if !c.Supervised {
			return &kept.Plan{}, nil
		}
		s, err := detached.LoadSpec(c.Path)
		if err != nil {
			return nil, err
		}
		switch {
		case s.Root.Changes != "":
			return nil, errors.New("it has the host's root, and what it changes is in " + s.Root.Changes + ": mydocker diff shows it")
		case s.Root.Image == "" && s.Root.Dir == "":
			return nil, errors.New("it has the host's root, whose files are the host's: cp(1) copies them")
		case s.Root.Overlay:
			return nil, errors.New("what it writes is thrown away, and it is not running")
		}
		plan := &kept.Plan{Dir: s.Root.Dir, ReadOnly: s.Root.ReadOnly}
		for n := range s.Mounts {
			m := &s.Mounts[n]
			source := m.Source
			if m.OfStore() {
				if source, err = volume.ContentPath(stateDir, m.Volume.Name); err != nil {
					return nil, err
				}
			}
			if _, err := os.Stat(source); source == "" || errors.Is(err, fs.ErrNotExist) { // a start makes it
				continue
			}
			plan.Mounts = append(plan.Mounts, cp.Mount{Source: source, Target: m.Target, ReadOnly: m.ReadOnly})
		}
		return plan, nil
	}
}
