package oci

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// checkBindData refuses words that the kernel would drop silently. Settings of a file system, such as
// mode=755, are there in configurations that others take: they say nothing of a bind, and are told.
func (r *rootFS) checkBindData(m *mount) error {
	for _, option := range m.data {
		if !strings.Contains(option, "=") {
			return fmt.Errorf("%s: unknown option %q of a bind mount", m.target, utils.Shortened(option))
		}
		r.plan.Warnings = append(r.plan.Warnings, fmt.Sprintf("mounts: %s: left out, for a bind mount has no such option: %s", m.target, utils.Shortened(option)))
	}
	return nil
}

// addBind binds a file or directory of the host.
func (r *rootFS) addBind(m *mount) error {
	if err := r.checkBindData(m); err != nil {
		return err
	}
	if m.Source == "" {
		return fmt.Errorf("%s: source is missing", m.target)
	}
	o := wire.Operation{
		Kind: wire.OpBind, Flags: wire.FlagMake | wire.FlagVolume | wire.FlagFollow, Mount: m.propagation,
		Attributes: m.attributes, Path: m.target, Source: r.sourceOf(m.Mount),
	}
	if m.recursive {
		o.Flags |= wire.FlagRecursive
	}
	if utils.IsAt(m.target, "/proc") {
		o.Flags |= wire.FlagNoLinks
	}
	if m.target == "/proc" {
		o.Flags |= wire.FlagProc
	}
	if err := r.share(m, &o); err != nil {
		return err
	}
	if err := r.checkLocked(m, &o); err != nil {
		return err
	}
	if err := r.open(m, &o); err != nil {
		return err
	}
	r.add(o)
	return nil
}

// sourceOf is the path of what a mount binds, which counts from the bundle.
func (r *rootFS) sourceOf(m *specs.Mount) string {
	if filepath.IsAbs(m.Source) {
		return m.Source
	}
	return filepath.Join(r.plan.Bundle, m.Source)
}

// open has the parent open the source of a bind for a container in a user namespace: its root
// may not be able to enter the directories on the way.
func (r *rootFS) open(m *mount, o *wire.Operation) error {
	const most = 64 // init does the rest
	if m.idmap || len(m.UIDMappings) > 0 {
		return r.mapIDs(m, o)
	}
	if !r.plan.Namespaces.IsNew(specs.UserNamespace) || o.Flags&(wire.FlagEarly|wire.FlagProc) != 0 || len(r.plan.Files) >= most {
		return nil
	}
	_, err := r.plan.OpenTree(o)
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EPERM) { // an ordinary user may not: init sees what the user does
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %s: %w", m.target, o.Source, err)
	}
	return nil
}

// share has a bind take part in the host's mounts where its root does, as runc has it: the
// source is opened before mounts become slaves.
func (r *rootFS) share(m *mount, o *wire.Operation) error {
	propagation, err := r.rootPropagation()
	if err != nil || propagation&unix.MS_SHARED == 0 {
		return err
	}
	if m.propagation == 0 {
		o.Mount = propagation
	}
	if o.Mount&unix.MS_SHARED != 0 {
		o.Flags |= wire.FlagEarly
		if r.early++; r.early > wire.MaxEarly {
			return fmt.Errorf("%s: more than %d mounts are shared with the host", m.target, wire.MaxEarly)
		}
	}
	return nil
}

// checkLocked refuses to undo flags that a user namespace inherits, and cannot change
// (mount_namespaces(7)).
func (r *rootFS) checkLocked(m *mount, o *wire.Operation) error {
	undone := (m.attributes.Clear | m.attributes.ClearBelow) &^ atime
	if undone == 0 || !r.plan.Namespaces.Has(specs.UserNamespace) {
		return nil
	}
	var status unix.Statfs_t
	if err := unix.Statfs(o.Source, &status); err != nil {
		return fmt.Errorf("%s: %w", o.Source, err)
	}
	for _, f := range []struct {
		flag, attribute uint64
		name            string
	}{
		{unix.ST_RDONLY, unix.MOUNT_ATTR_RDONLY, "ro"}, {unix.ST_NOSUID, unix.MOUNT_ATTR_NOSUID, "nosuid"},
		{unix.ST_NODEV, unix.MOUNT_ATTR_NODEV, "nodev"}, {unix.ST_NOEXEC, unix.MOUNT_ATTR_NOEXEC, "noexec"},
	} {
		switch {
		case undone&f.attribute == 0:
		case uint64(status.Flags)&f.flag != 0:
			return fmt.Errorf("%s: %s is mounted %s, which a container in a user namespace cannot undo: leave the option out that does", m.target, o.Source, f.name)
		default: // there is nothing to undo
			o.Attributes.Clear &^= f.attribute
		}
	}
	return nil
}
