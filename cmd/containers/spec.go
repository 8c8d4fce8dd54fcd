package containers

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/cmd/images/table"
	"github.com/mydocker/mydocker/container/detached"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/container/volume"
)

// specOf is what was asked for of a container, nil where that is not known: of a run in the
// foreground, or where it is damaged, of which others tell.
func specOf(l *state.Listed) *detached.Spec {
	if !l.Supervised {
		return nil
	}
	s, err := detached.LoadSpec(l.Path)
	if err != nil {
		return nil
	}
	return s
}

// The networks that a container can be in, in Docker's words.
const (
	networkNone = "none" // a loopback device alone
	networkHost = "host"
)

// networkOf is the network of a container, "" where it is not known.
func networkOf(s *detached.Spec) string {
	switch {
	case s == nil:
		return ""
	case s.Namespaces.HostNetwork:
		return networkHost
	}
	return networkNone
}

// mountPoint is something mounted in a container, in the words of Docker's API.
type mountPoint struct {
	Type        string
	Name        string `json:",omitempty"`
	Source      string
	Destination string
	Driver      string `json:",omitempty"`
	Mode        string
	RW          bool
	Propagation string
}

// mountsOf are what is mounted in a container by its flags and its image, sorted by where.
func mountsOf(dir string, l *state.Listed, s *detached.Spec) []mountPoint {
	mounts := []mountPoint{}
	for _, use := range l.Volumes {
		mounts = append(mounts, mountPoint{
			Type: spec.MountVolume, Name: use.Name, Source: volume.DataPath(dir, use.Name), Destination: use.Target,
			Driver: "local", RW: true,
		})
	}
	if s == nil {
		return mounts
	}
	for i := range s.Mounts {
		m := &s.Mounts[i]
		at := slices.IndexFunc(mounts, func(known mountPoint) bool { return known.Destination == m.Target })
		if at < 0 {
			mounts = append(mounts, mountPoint{Type: m.Type, Source: m.Source, Destination: m.Target})
			at = len(mounts) - 1
			if m.Type == spec.MountBind {
				mounts[at].Propagation = cmp.Or(m.Propagation, "rprivate")
			}
		}
		mounts[at].RW = !m.ReadOnly
		switch {
		case m.ReadOnly:
			mounts[at].Mode = "ro"
		case m.OfStore() && !m.Volume.Anonymous:
			mounts[at].Mode = "z" // what Docker says of a named one
		}
	}
	slices.SortFunc(mounts, func(a, b mountPoint) int { return strings.Compare(a.Destination, b.Destination) })
	return mounts
}

// hasVolume reports whether a container has a volume of a name, or something from or at a path.
func hasVolume(mounts []mountPoint, value string) bool {
	return slices.ContainsFunc(mounts, func(m mountPoint) bool { return m.Name == value || m.Destination == value || m.Source == value })
}

// limitsAsked are the limits that were asked for, as flags of run.
func limitsAsked(r *subsystems.ResourceConfig) string {
	var limits []string
	add := func(flag, value string) { limits = append(limits, flag+"="+value) }
	if r.Memory.Value > 0 {
		add("memory", table.Memory(r.Memory.Value))
	}
	if cpus := cpusOf(r); cpus > 0 {
		add("cpus", cpusText(cpus))
	}
	if cpus := r.CPUs.Value.String(); cpus != "" {
		add("cpuset-cpus", cpus)
	}
	if r.CPUShares.Value > 0 {
		add("cpu-shares", strconv.FormatUint(r.CPUShares.Value, 10))
	}
	if r.PidsLimit.Value > 0 {
		add("pids-limit", strconv.FormatInt(r.PidsLimit.Value, 10))
	}
	return strings.Join(limits, " ")
}
