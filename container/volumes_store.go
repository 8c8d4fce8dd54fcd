package container

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/events"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/container/users"
	"github.com/mydocker/mydocker/container/volume"
)

// volumeStore opens the volumes of one container. From then on nobody removes them, until they are
// closed.
type volumeStore struct {
	state     string
	namespace *users.UserNamespace
	fill      FillFunc
	// temporary is whether a volume without a name goes with its run.
	temporary bool
	opened    map[string]*volume.Volume
	made      []string // those without a name that are new
}

// open opens the volume of a mount, which is made if it is missing.
func (s *volumeStore) open(m *spec.Mount) (*volume.Volume, error) {
	wanted := m.Volume
	if v := s.opened[wanted.Name]; v != nil {
		return v, nil
	}
	v, err := s.openOrMake(wanted)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m, err)
	}
	if s.opened == nil {
		s.opened = map[string]*volume.Volume{}
	}
	s.opened[v.Name] = v
	return v, nil
}

func (s *volumeStore) openOrMake(wanted *spec.Volume) (*volume.Volume, error) {
	if wanted.Existing {
		return volume.Open(s.state, wanted.Name)
	}
	v, made, err := volume.Create(s.state, &volume.Record{
		Name: wanted.Name, Created: time.Now().UTC().Truncate(time.Second), Labels: wanted.Labels, Options: wanted.Options,
		Anonymous: wanted.Anonymous, Temporary: wanted.Anonymous && s.temporary,
	})
	if err != nil || !made {
		return v, err
	}
	if wanted.Anonymous {
		s.made = append(s.made, v.Name)
	}
	events.Write(s.state, events.Of(events.TypeVolume, events.Create, v.Name, "", "driver", VolumeDriver))
	return v, s.admit(v)
}

// admit lets root of the container's user namespace, where that is another user, pass through the
// directory of a volume, and nobody else: a file in it may give who runs it its owner's rights.
func (s *volumeStore) admit(v *volume.Volume) error {
	_, gid, others := s.root()
	if !others {
		return nil
	}
	fd := int(v.Dir.Fd())
	if err := errors.Join(unix.Fchown(fd, -1, gid), unix.Fchmod(fd, 0o710)); err != nil {
		return errors.Join(fmt.Errorf("volume %s: %w", v.Name, err), v.Close())
	}
	return nil
}

// root are the ids that root of the container has, and whether it is another user than the caller.
func (s *volumeStore) root() (uid, gid int, others bool) {
	uid, gid = s.namespace.RootIDs()
	return uid, gid, s.namespace != nil && (uid != os.Geteuid() || gid != os.Getegid())
}

// populate fills a volume that is empty with what the layers have at its place: dirs are the
// directories there that are merged, none where there is nothing. It is root's of the container otherwise.
func (s *volumeStore) populate(v *volume.Volume, dirs []string) error {
	uid, gid, others := s.root()
	if s.fill == nil || len(dirs) == 0 && !others {
		return nil
	}
	backing, err := v.Backing()
	if err != nil || backing.Device != "" && len(dirs) == 0 {
		return err
	}
	into, err := v.BeginFill(RemoveTree)
	if err != nil || into == "" {
		return err
	}
	if backing.Device == "" {
		err = errors.Join(os.Chown(into, uid, gid), os.Chmod(into, 0o755))
	}
	if err == nil && len(dirs) > 0 {
		err = s.copy(v, dirs, into)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("fill volume %s: %w", v.Name, err), v.CancelFill(RemoveTree))
	}
	return v.EndFill(RemoveTree)
}

// copy copies what is merged of directories.
func (s *volumeStore) copy(v *volume.Volume, dirs []string, into string) error {
	if done, err := fillEmpty(s.namespace, dirs, into); done || err != nil {
		return err
	}
	return s.fill(s.namespace, dirs, into, v.Lock())
}

// close closes all volumes.
func (s *volumeStore) close() error {
	var errs []error
	for _, v := range s.opened {
		errs = append(errs, v.Close())
	}
	s.opened = nil
	return errors.Join(errs...)
}

// discard removes the volumes without a name that are new.
func (s *volumeStore) discard() error {
	var uses []state.VolumeUse
	for _, name := range s.made {
		uses = append(uses, state.VolumeUse{Name: name, Anonymous: true})
	}
	return errors.Join(s.close(), RemoveAnonymous(s.state, uses, RemoveTree))
}

// bind is the mount of a volume that is open, as init makes it.
func (s *volumeStore) bind(m spec.Mount, v *volume.Volume, inUserNamespace bool) (spec.Mount, error) {
	backing, err := v.Backing()
	if err != nil {
		return m, err
	}
	m.Volume = nil
	m.ReadOnly = m.ReadOnly || backing.ReadOnly
	m.NoExec, m.NoSuid, m.NoDev = m.NoExec || backing.NoExec, m.NoSuid || backing.NoSuid, m.NoDev || backing.NoDev
	if backing.Tmpfs {
		m.Type, m.Data = spec.MountTmpfs, backing.Data
		return m, nil
	}
	m.Type, m.Source = spec.MountBind, v.Data()
	if backing.Device != "" {
		m.Source = backing.Device
		m.NonRecursive = !backing.Recursive && !inUserNamespace // there it cannot be left out
	}
	return m, nil
}

// nameVolumes says of each volume which one of the store it is: those that nobody has named get a
// name, unless they are what the run throws away with the rest.
func nameVolumes(mounts []spec.Mount, thrownAway bool) error {
	for n := range mounts {
		m := &mounts[n]
		if m.Type != spec.MountVolume || m.Volume == nil && thrownAway || m.Volume != nil && m.Volume.Name != "" {
			continue
		}
		named := spec.Volume{}
		if m.Volume != nil {
			named = *m.Volume
		}
		name, err := volume.NewName()
		if err != nil {
			return err
		}
		named.Name, named.Anonymous = name, true
		m.Volume = &named
	}
	return nil
}

// usesOf are the volumes of the store that a container has.
func usesOf(mounts []spec.Mount) (uses []state.VolumeUse) {
	for n := range mounts {
		if m := &mounts[n]; m.OfStore() {
			uses = append(uses, state.VolumeUse{Name: m.Volume.Name, Target: m.Target, Anonymous: m.Volume.Anonymous})
		}
	}
	return uses
}
