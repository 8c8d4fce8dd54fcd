package oci

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// coverFlags are the flags of what covers a path, or makes it read-only.
const coverFlags = unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC

// cover is a masked path, or a read-only one.
type cover struct{ kind, path string }

// addPaths hides the masked paths, and makes the read-only ones so. What is missing has nothing
// to be hidden.
func (r *rootFS) addPaths() error {
	covers, err := r.covers()
	if err != nil {
		return err
	}
	if len(r.spec.Linux.MaskedPaths) > 0 {
		r.add(
			wire.Operation{Kind: wire.OpTmpfs, Path: r.plan.Rootfs, Mount: unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC, Data: "mode=755,size=64k"},
			wire.Operation{Kind: wire.OpFile, Flags: wire.FlagInTmpfs, Path: wire.EmptyFile, Mode: 0o444},
			wire.Operation{Kind: wire.OpDirectory, Flags: wire.FlagInTmpfs, Path: wire.EmptyDirectory, Mode: 0o555},
		)
	}
	for _, held := range []struct {
		path, fstype string
		magic        uint64
	}{{"/proc", "proc", unix.PROC_SUPER_MAGIC}, {"/sys", "sysfs", unix.SYSFS_MAGIC}} {
		if r.typeAt(held.path) != held.fstype {
			continue
		}
		isHeld := func(c cover) bool { return utils.IsBelow(c.path, held.path) }
		if slices.ContainsFunc(covers, isHeld) {
			r.add(wire.Operation{Kind: wire.OpHold, Path: held.path, Device: held.magic})
		}
		for _, c := range covers {
			if isHeld(c) {
				r.addCover(c, wire.FlagInHeld)
			}
		}
		covers = slices.DeleteFunc(covers, isHeld)
	}
	r.addBound(covers)
	return nil
}

// addBound adds the covers that are not the kernel's files. What is bound from the host is held, too:
// who shares the root may move away the directory that leads there, and what is missing is left out.
// What covers the whole of it comes last, the inner before the outer.
func (r *rootFS) addBound(covers []cover) {
	var whole []cover
	for len(covers) > 0 {
		first := covers[0]
		m := r.mountOf(first.path)
		if m == nil || first.path == target(m.Destination) {
			if m == nil {
				r.addCover(first, 0)
			} else {
				whole = append(whole, first)
			}
			covers = covers[1:]
			continue
		}
		r.add(wire.Operation{Kind: wire.OpHold, Path: target(m.Destination), Data: utils.Identity(r.sourceOf(m))})
		isHeld := func(c cover) bool { return c.path != target(m.Destination) && r.mountOf(c.path) == m }
		for _, c := range covers {
			if isHeld(c) {
				r.addCover(c, wire.FlagInHeld)
			}
		}
		covers = slices.DeleteFunc(covers, isHeld)
	}
	slices.SortStableFunc(whole, func(a, b cover) int { return len(b.path) - len(a.path) })
	for _, c := range whole {
		r.addCover(c, 0)
		o := &r.operations[len(r.operations)-1]
		o.Flags &^= wire.FlagIfThere
		o.Data = utils.Identity(r.sourceOf(r.mountOf(c.path)))
	}
}

// mountOf is the bind mount that a path is in, nil for none.
func (r *rootFS) mountOf(name string) (found *specs.Mount) {
	for n := range r.spec.Mounts {
		m := &r.spec.Mounts[n]
		options := parseMountOptions(m.Options)
		if options.remount || !utils.IsAt(name, target(m.Destination)) {
			continue
		}
		if found = nil; options.bind || m.Type == "bind" {
			found = m
		}
	}
	return found
}

// covers lists the read-only paths, and then the masked ones.
func (r *rootFS) covers() (list []cover, err error) {
	for _, field := range []struct {
		name, kind string
		paths      []string
	}{{"linux.readonlyPaths", wire.OpReadOnly, r.spec.Linux.ReadonlyPaths}, {"linux.maskedPaths", wire.OpMask, r.spec.Linux.MaskedPaths}} {
		for n, name := range field.paths {
			switch clean := path.Clean(name); {
			case !path.IsAbs(name):
				return nil, fmt.Errorf("%s[%d]: %q is not an absolute path", field.name, n, utils.Shortened(name))
			case clean == "/":
				return nil, fmt.Errorf("%s[%d]: %q is the container's root (root.readonly makes that read-only)", field.name, n, name)
			default:
				list = append(list, cover{field.kind, clean})
			}
		}
	}
	return list, nil
}

func (r *rootFS) addCover(c cover, flags uint64) {
	o := wire.Operation{Kind: c.kind, Flags: flags | wire.FlagIfThere, Path: c.path, Mount: coverFlags}
	if c.kind == wire.OpReadOnly {
		o.Mount, o.Flags = unix.MS_RDONLY, o.Flags|wire.FlagRecursive
	}
	r.add(o)
}

// addHooks has init wait for the hooks that come before its root is entered. The sysctls follow:
// a hook may make the network devices that they are of.
func (r *rootFS) addHooks() error {
	hooks := r.spec.Hooks
	if hooks == nil || len(hooks.Prestart)+len(hooks.CreateRuntime)+len(hooks.CreateContainer) == 0 { //nolint:staticcheck // prestart is Docker's
		return nil
	}
	r.add(wire.Operation{Kind: wire.OpHooks})
	process := &r.plan.Message.Process
	for _, sysctl := range process.Sysctls {
		file, value, _ := strings.Cut(sysctl, "=")
		r.add(wire.Operation{Kind: wire.OpSysctl, Path: file, Data: value})
	}
	process.Sysctls = nil
	return nil
}
