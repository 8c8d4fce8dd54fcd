package container

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"

	"github.com/sirupsen/logrus"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/events"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/container/volume"
	"github.com/mydocker/mydocker/utils"
)

// newVolumeStore is that of a run.
func (r *run) newVolumeStore() *volumeStore {
	return &volumeStore{
		state: r.config.Root.State, namespace: r.userNamespace, fill: r.config.Fill,
		temporary: !r.config.stays(),
	}
}

// fillVolumes opens the volumes of the store, and fills those that are empty with what the image
// has at their places.
func (r *run) fillVolumes(s *volumeStore) error {
	for n := range r.config.Mounts {
		m := &r.config.Mounts[n]
		if !m.OfStore() {
			continue
		}
		v, err := s.open(m)
		if err != nil {
			return err
		}
		var dirs []string
		if r.stack != nil {
			if dirs, err = r.mergedAt(m); err != nil {
				return err
			}
		}
		if m.Volume.NoCopy {
			dirs = nil
		}
		if err := s.populate(v, dirs); err != nil {
			return fmt.Errorf("%s: %w", m, err)
		}
	}
	return nil
}

// mergedAt are the directories of the image's layers that are merged at the place of a volume.
func (r *run) mergedAt(m *spec.Mount) ([]string, error) {
	target, dirs, err := r.stack.Directories(m.Target)
	switch {
	case errors.Is(err, unix.ENOENT):
		return nil, nil
	case errors.Is(err, unix.ENOTDIR):
		return nil, fmt.Errorf("%s: in the image it leads to %s, which is no directory that can be one", m, utils.OneLine(target))
	case err != nil:
		return nil, fmt.Errorf("%s: %w", m, err)
	case path.Clean(target) == "/":
		return nil, fmt.Errorf("%s: in the image it leads to the root itself", m)
	}
	return dirs, nil
}

// openVolumes opens the volumes of the run, and has init mount them.
func (r *run) openVolumes() error {
	if r.dry {
		return r.planVolumes()
	}
	s := r.newVolumeStore()
	keeps := r.config.stays()
	r.undo.Add(func() error {
		if keeps && r.ran {
			return s.close()
		}
		return s.discard()
	})
	if err := r.fillVolumes(s); err != nil {
		return err
	}
	r.uses = usesOf(r.config.Mounts)
	for _, v := range s.opened {
		if err := v.Mount(); err != nil {
			return err
		}
		r.locks = append(r.locks, v.Lock())
	}
	r.tellVolumes()
	for n, m := range r.config.Mounts {
		if !m.OfStore() {
			continue
		}
		bound, err := s.bind(m, s.opened[m.Volume.Name], r.userNamespace != nil)
		if err != nil {
			return err
		}
		r.config.Mounts[n] = bound
	}
	return nil
}

// tellVolumes tells the journal that the volumes of a container that stays are mounted, and at the end
// that they are not.
func (r *run) tellVolumes() {
	if r.config.Supervised == nil {
		return
	}
	id := r.config.Supervised.Container.ID
	for n := range r.config.Mounts {
		m := &r.config.Mounts[n]
		if !m.OfStore() {
			continue
		}
		events.Write(r.config.Root.State, events.Of(events.TypeVolume, events.Mount, m.Volume.Name, "", "container", id, "destination", m.Target,
			"driver", VolumeDriver, "propagation", "", "read/write", strconv.FormatBool(!m.ReadOnly)))
	}
	r.tellUnmounted()
}

// tellUnmounted is the part that comes at the end.
func (r *run) tellUnmounted() {
	id, names := r.config.Supervised.Container.ID, map[string]bool{}
	for n := range r.config.Mounts {
		if m := &r.config.Mounts[n]; m.OfStore() {
			names[m.Volume.Name] = true
		}
	}
	r.undo.Add(func() error {
		for name := range names {
			events.Write(r.config.Root.State, events.Of(events.TypeVolume, events.Unmount, name, "", "container", id, "driver", VolumeDriver))
		}
		return nil
	})
}

// planVolumes has a script make the directories of volumes where they are missing.
func (r *run) planVolumes() error {
	for n := range r.config.Mounts {
		m := &r.config.Mounts[n]
		if !m.OfStore() {
			continue
		}
		found, err := volume.Find(r.config.Root.State, m.Volume.Name)
		if errors.As(err, new(*volume.NotFoundError)) {
			return fmt.Errorf("--dry-run makes no volume: mydocker volume create %s does", utils.OneLine(m.Volume.Name))
		}
		if err != nil {
			return err
		}
		v := &volume.Volume{Record: found.Record, Path: found.Path}
		if *m, err = (&volumeStore{}).bind(*m, v, r.userNamespace != nil); err != nil {
			return err
		}
	}
	return nil
}

// Volumes are those of a container that is just being made. Until Close nobody removes them.
type Volumes struct {
	// Mounts are the container's, in which each volume has its name.
	Mounts []spec.Mount
	// Uses are what its record says of them.
	Uses  []state.VolumeUse
	store *volumeStore
}

// Close lets others remove them, unless a record says that they are used.
func (v *Volumes) Close() error { return v.store.close() }

// Discard closes them, and removes those without a name that were made.
func (v *Volumes) Discard() error { return v.store.discard() }

// MakeVolumes makes and fills the volumes of a container that stays, before there is a record of it.
func MakeVolumes(config *Config, log *logrus.Logger) (made *Volumes, err error) {
	copied := *config
	copied.Mounts, copied.Keep = slices.Clone(config.Mounts), true
	r := &run{config: &copied, log: log}
	made = &Volumes{Mounts: config.Mounts, store: r.newVolumeStore()}
	if !slices.ContainsFunc(config.Mounts, func(m spec.Mount) bool { return m.Type == spec.MountVolume }) {
		return made, nil
	}
	if r.userNamespace, err = NamespaceOf(config); err != nil {
		return nil, err
	}
	if copied.Image != nil {
		if err := r.findImage(); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, r.stack.Close()) }()
	}
	if err := nameVolumes(copied.Mounts, false); err != nil {
		return nil, err
	}
	made.store = r.newVolumeStore()
	if err := r.fillVolumes(made.store); err != nil {
		return nil, errors.Join(err, made.Discard())
	}
	made.Mounts, made.Uses = copied.Mounts, usesOf(copied.Mounts)
	for n := range made.Mounts {
		if m := &made.Mounts[n]; m.Type == spec.MountVolume {
			m.Volume = &spec.Volume{Name: m.Volume.Name, Anonymous: m.Volume.Anonymous, NoCopy: m.Volume.NoCopy, Existing: true}
		}
	}
	return made, nil
}
