package containers

import (
	"slices"

	"github.com/mydocker/mydocker/container/state"
)

// networksOf are the networks of a container, in Docker's words.
func networksOf(_ string, _ *state.Listed) []string { return []string{"none"} }

// hasVolume reports whether a container has a volume of a name, or something mounted there.
func hasVolume(_ string, l *state.Listed, value string) bool {
	return slices.ContainsFunc(l.Volumes, func(v state.VolumeUse) bool { return v.Name == value || v.Target == value })
}
