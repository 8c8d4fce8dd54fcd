package cmd

import (
	"errors"
	"fmt"
	"strings"

	"github.com/mydocker/mydocker/container/detached"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/utils"
)

const volumesFromName = "volumes-from"

// volumesFrom are the mounts of other containers, CONTAINER[:ro]. Of several at the same target
// the last counts, as in Docker.
func volumesFrom(stateDir string, values []string) (mounts []spec.Mount, err error) {
	for _, value := range values {
		given := "--" + volumesFromName + " " + value
		name, mode, hasMode := strings.Cut(value, ":")
		if hasMode {
			if err := checkFromMode(mode); err != nil {
				return nil, fmt.Errorf("%s: %w", given, err)
			}
		}
		others, err := mountsOf(stateDir, name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", given, err)
		}
		for _, m := range others {
			m.Given = given
			m.ReadOnly = m.ReadOnly || strings.Contains(mode, "ro")
			mounts = addMissing(mounts, []spec.Mount{m})
		}
	}
	return mounts, nil
}

func checkFromMode(mode string) error {
	switch mode {
	case "ro", "rw", "z", "Z", "ro,z", "ro,Z", "rw,z", "rw,Z", "z,ro", "Z,ro", "z,rw", "Z,rw":
		return nil
	}
	return fmt.Errorf("invalid mode: %s (ro and rw are known)", utils.OneLine(mode))
}

// mountsOf are the volumes and the directories of the host that a container has. Those are there,
// and nothing is copied to them.
func mountsOf(stateDir, name string) (mounts []spec.Mount, err error) {
	found, err := state.Find(stateDir, name)
	if err != nil {
		return nil, err
	}
	existing := func(name string, anonymous bool) *spec.Volume {
		return &spec.Volume{Name: name, Anonymous: anonymous, NoCopy: true, Existing: true}
	}
	if !found.Supervised {
		for _, use := range found.Volumes {
			mounts = append(mounts, spec.Mount{Type: spec.MountVolume, Target: use.Target, Volume: existing(use.Name, use.Anonymous)})
		}
		return mounts, nil
	}
	s, err := detached.LoadSpec(found.Path)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("container %s", found.ID), err)
	}
	for _, m := range s.Mounts {
		switch {
		case m.OfStore():
			m.Volume = existing(m.Volume.Name, m.Volume.Anonymous)
		case m.Type != spec.MountBind:
			continue
		}
		mounts = append(mounts, m)
	}
	return mounts, nil
}
