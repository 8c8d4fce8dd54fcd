package oci

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// addCgroup shows the container's cgroups: the one of cgroup v2, or a directory for each
// hierarchy of v1.
func (r *rootFS) addCgroup(m *mount) error {
	if m.copyUp || m.attributes.SetBelow|m.attributes.ClearBelow != 0 {
		return fmt.Errorf("%s: cgroups have no options such as rro and tmpcopyup", m.target)
	}
	hierarchies, err := hierarchies()
	if err != nil {
		return err
	}
	if m.Type == "cgroup2" || len(hierarchies) == 0 {
		r.addUnified(m)
	} else {
		r.addHierarchies(m, hierarchies)
	}
	r.addPropagation(m)
	return nil
}

// hierarchies lists those of cgroup v1 by their controllers, with commas between, as the kernel
// has them: none where cgroup v2 is all there is.
func hierarchies() (list []string, err error) {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil, fmt.Errorf("look for cgroups: %w", err)
	}
	for line := range bytes.Lines(text) {
		fields := strings.SplitN(strings.TrimSuffix(string(line), "\n"), ":", 3)
		if len(fields) == 3 && fields[1] != "" {
			list = append(list, fields[1])
		}
	}
	return list, nil
}

// addUnified mounts cgroup v2, of which a new cgroup namespace sees its own. Where the kernel
// does not let a user namespace do that, the container's own cgroup is bound.
func (r *rootFS) addUnified(m *mount) {
	if r.plan.Namespaces.IsNew(specs.CgroupNamespace) && m.Source == "cgroup" && m.target == "/sys/fs/cgroup" && m.flags&unix.MS_RDONLY == 0 {
		r.plan.DelegatesCgroup = true // config-linux.md, "Cgroup ownership"
	}
	r.add(wire.Operation{
		Kind: wire.OpMount, Flags: wire.FlagMake | wire.FlagNoLinks | wire.FlagOrElse, Mount: m.flags,
		Path: m.target, Source: "cgroup", Type: "cgroup2", Data: strings.Join(m.data, ","),
	})
	bind := wire.Operation{
		Kind: wire.OpBind, Flags: wire.FlagElse | wire.FlagMake | wire.FlagNoLinks | wire.FlagRecursive,
		Mount: bindFlags(m), Path: m.target,
	}
	if r.plan.Namespaces.Has(specs.CgroupNamespace) {
		r.addOwnCgroup(bind, "")
		return
	}
	bind.Source = "/sys/fs/cgroup"
	r.add(bind)
}

// bindFlags are those of a mount's flags that a bind can have.
func bindFlags(m *mount) uint64 {
	return m.flags & (unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC)
}

// addOwnCgroup binds the container's cgroup of a controller, which only the engine knows.
func (r *rootFS) addOwnCgroup(bind wire.Operation, controller string) {
	bind.Source = controller
	r.plan.CgroupBinds = append(r.plan.CgroupBinds, len(r.operations))
	r.add(bind)
}

// addHierarchies makes a tmpfs with a directory for each hierarchy: with a cgroup namespace a
// mount of its own, in which the container's cgroup is the root, and without the container's
// cgroup of the host's mount.
func (r *rootFS) addHierarchies(m *mount, hierarchies []string) {
	r.add(wire.Operation{
		Kind: wire.OpMount, Flags: wire.FlagMake | wire.FlagNoLinks, Mount: unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC,
		Path: m.target, Source: "tmpfs", Type: "tmpfs", Data: "mode=755",
	}, wire.Operation{Kind: wire.OpHold, Path: m.target, Device: unix.TMPFS_MAGIC})
	ownNamespace := r.plan.Namespaces.Has(specs.CgroupNamespace)
	for _, controllers := range hierarchies {
		r.addHierarchy(m, controllers, ownNamespace)
	}
	if m.flags&unix.MS_RDONLY != 0 {
		r.add(wire.Operation{Kind: wire.OpRemount, Flags: wire.FlagInHeld, Mount: unix.MS_RDONLY, Path: m.target})
	}
}

func (r *rootFS) addHierarchy(m *mount, controllers string, ownNamespace bool) {
	name, isNamed := strings.CutPrefix(controllers, "name=")
	dir := path.Join(m.target, path.Base(name))
	r.add(wire.Operation{Kind: wire.OpDirectory, Flags: wire.FlagInHeld, Path: dir, Mode: 0o755})
	bind := wire.Operation{
		Kind: wire.OpBind, Flags: wire.FlagInHeld | wire.FlagRecursive | wire.FlagIfThere, Mount: bindFlags(m), Path: dir,
	}
	if ownNamespace {
		data := controllers
		if isNamed {
			data = "none," + controllers
		}
		r.add(wire.Operation{
			Kind: wire.OpMount, Flags: wire.FlagInHeld | wire.FlagOrElse, Mount: m.flags,
			Path: dir, Source: "cgroup", Type: "cgroup", Data: data,
		})
		bind.Flags |= wire.FlagElse
	}
	first, _, _ := strings.Cut(controllers, ",")
	r.addOwnCgroup(bind, first)
	if all := strings.Split(controllers, ","); len(all) > 1 {
		for _, controller := range all {
			r.add(wire.Operation{
				Kind: wire.OpSymlink, Flags: wire.FlagInHeld, Path: path.Join(m.target, controller), Source: controllers,
			})
		}
	}
}
