package container

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/layers"
	"github.com/mydocker/mydocker/container/overlay"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/utils"
)

// findImage finds the layers that are to be the container's root, as they were unpacked for
// its user namespace. What init has to do with them makeLayers decides.
func (r *run) findImage() error {
	i := r.config.Image
	if i == nil {
		return errors.New("no image is open")
	}
	if made, host := i.Platform, image.HostPlatform(); made.OS != "" {
		if _, fits := made.Fits(host); !fits {
			r.log.Warnf("the image is for %s, and this host is %s: --platform chooses", made, host)
		}
	}
	variant, err := r.variant()
	if err != nil {
		return err
	}
	lowers, err := r.lowers(variant)
	if err != nil {
		return err
	}
	r.stack = &layers.Stack{Lowers: lowers, UserXattr: variant.UserXattr()}
	dir := i.Layout().Layers(variant)
	r.image = &overlay.Image{Dir: dir, Lowers: below(dir, lowers), UserXattr: variant.UserXattr()}
	return r.findVolumes()
}

// variant says for whom the layers have to be unpacked.
func (r *run) variant() (image.Variant, error) {
	if r.userNamespace == nil {
		return image.OwnVariant()
	}
	return image.NewVariant(r.userNamespace.Maps()), nil
}

// lowers are the directories of the layers. Where they are not unpacked yet for this user
// namespace, they are now.
func (r *run) lowers(variant image.Variant) ([]string, error) {
	lowers, err := r.config.Image.Lowers(variant)
	var missing *image.NotUnpackedError
	if !errors.As(err, &missing) {
		return lowers, err
	}
	if r.config.Unpack == nil || r.dry {
		return nil, fmt.Errorf("%w, which the first run does that has it", err)
	}
	if err := r.config.Unpack(r.userNamespace); err != nil {
		return nil, err
	}
	return r.config.Image.Lowers(variant)
}

// below names paths from a directory that they are in.
func below(dir string, paths []string) (names []string) {
	for _, name := range paths {
		names = append(names, strings.TrimPrefix(name, dir+"/"))
	}
	return names
}

// findVolumes finds where the volumes of the image are. What the user mounts at the same
// place, whatever links lead there, comes instead. Those that are thrown away with the container are
// a part of its root.
func (r *run) findVolumes() error {
	taken := map[string]bool{}
	for n := range r.config.Mounts {
		if m := &r.config.Mounts[n]; !isUnnamed(m) {
			taken[r.stack.Target(m.Target)] = true
		}
	}
	var kept []spec.Mount
	for _, m := range r.config.Mounts {
		if !isUnnamed(&m) {
			kept = append(kept, m)
			continue
		}
		target, isDir, err := r.stack.Lead(m.Target)
		switch {
		case target == "/" || err == nil && !isDir || errors.Is(err, unix.ENOTDIR):
			return fmt.Errorf("%s: in the image it leads to %s, which is no directory that can be one", &m, utils.OneLine(target))
		case err != nil && !errors.Is(err, unix.ENOENT):
			return fmt.Errorf("%s: %w", &m, err)
		case taken[target]:
			continue
		}
		taken[target] = true
		if !r.config.stays() {
			if err := r.addVolume(&m, target); err != nil {
				return err
			}
		}
		kept = append(kept, m)
	}
	r.config.Mounts = kept
	return nil
}

// isUnnamed reports whether a mount is a volume of which nothing is said but its place.
func isUnnamed(m *spec.Mount) bool { return m.Type == spec.MountVolume && m.Volume == nil }

// addVolume has a volume be a part of the root.
func (r *run) addVolume(m *spec.Mount, target string) error {
	m.Target = target
	_, dirs, err := r.stack.Directories(path.Dir(target))
	if err != nil && !errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("%s: %w", m, err)
	}
	r.image.Volumes = append(r.image.Volumes, overlay.Volume{Target: target, Lowers: below(r.image.Dir, dirs)})
	return nil
}

// keepContainer makes what stays of the container, before it starts. If the command never
// runs it goes again.
func (r *run) keepContainer() error {
	if s := r.config.Supervised; s != nil {
		if r.image != nil {
			r.image.Kept, r.image.KeptPath = s.Container.Dir, s.Container.Path
		}
		return nil
	}
	if !r.config.Keep || r.dry {
		return nil
	}
	i := r.config.Image
	variant, err := r.variant()
	if err != nil {
		return err
	}
	record := &state.Record{
		Version: state.RecordVersion, ID: r.id, Name: r.config.Name, Image: r.config.Root.Image, Manifest: i.Manifest.Digest, Variant: variant,
		Config: r.config.Says, Created: time.Now().UTC(), Settings: state.Settings{Volumes: r.uses},
	}
	if namespace := r.userNamespace; namespace != nil {
		record.UIDMap, record.GIDMap = namespace.Maps()
	}
	kept, err := state.Create(r.config.Root.State, record)
	if err != nil {
		return err
	}
	r.image.Kept, r.image.KeptPath = kept.Dir, kept.Path
	r.undo.Add(func() error {
		if !r.ran {
			return errors.Join(kept.Remove(overlay.RemoveTree), kept.Close())
		}
		ended := time.Now().UTC()
		kept.Exited, kept.ExitCode = &ended, r.code
		return errors.Join(kept.Save(), kept.Close())
	})
	return nil
}

// mountsOfUser are the mounts that the image has not asked for.
func mountsOfUser(mounts []spec.Mount) []spec.Mount {
	return slices.DeleteFunc(slices.Clone(mounts), func(m spec.Mount) bool { return m.Type == spec.MountVolume })
}
