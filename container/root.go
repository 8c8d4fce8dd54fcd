package container

import (
	"errors"
	"os"
	"path/filepath"
	"slices"

	"github.com/mydocker/mydocker/container/overlay"
	"github.com/mydocker/mydocker/container/rootfs"
	"github.com/mydocker/mydocker/container/security"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/users"
)

// findRoot looks at what is to be the container's root, and gives the container what
// goes with one of its own.
func (r *run) findRoot() error {
	root, world := &r.config.Root, &r.config.World
	if !root.Own() {
		return nil
	}
	if root.Image != "" {
		if err := r.findImage(); err != nil {
			return err
		}
	}
	if root.Dir != "" {
		if _, err := rootfs.Directory(root.Dir); err != nil {
			return err
		}
		if err := rootfs.CheckPrograms(&r.config.Spec); err != nil {
			return err
		}
	}
	if world.Dir == "" {
		dir, err := workingDirectory(root)
		if err != nil {
			return err
		}
		world.Dir = dir
	}
	if err := nameVolumes(r.config.Mounts, root.Image != "" && !r.config.stays()); err != nil {
		return err
	}
	if err := r.openVolumes(); err != nil {
		return err
	}
	return r.findMounts()
}

// files are those in which the container's users are looked up, nil for the host's.
func (r *run) files() *users.Files {
	root := &r.config.Root
	switch {
	case !root.Own():
		return nil
	case root.Image != "":
		return &users.Files{Tree: r.stack, Mounts: mountsOfUser(r.config.Mounts)}
	case root.OfHost():
		return &users.Files{Root: "/", Layers: changedLayers(root.Changes), Mounts: r.config.Mounts}
	}
	return &users.Files{Root: root.Dir, Mounts: r.config.Mounts}
}

// changedLayers are those of a directory of changes. What is wrong with it is told when it is
// opened.
func changedLayers(changes string) (list []users.Layer) {
	if changes == "" {
		return nil
	}
	dir, err := os.Open(changes)
	if err != nil {
		return nil
	}
	record, err := overlay.Load(dir)
	if errors.Join(err, dir.Close()) != nil {
		return nil
	}
	for n := range record.Layers {
		layer := &record.Layers[n]
		list = append(list, users.Layer{Mount: layer.Mount, Upper: filepath.Join(changes, layer.Directory, "upper")})
	}
	return list
}

// workingDirectory is the caller's where it is one of the container's, too.
func workingDirectory(root *spec.Root) (string, error) {
	if !root.OfHost() {
		return "/", nil
	}
	return os.Getwd()
}

// planRoot computes what init has to do for a root of the container's own.
func (r *run) planRoot() (err error) {
	config := r.config
	if !config.Root.Own() {
		return nil
	}
	if config.World.Hostname == "" && !config.Namespaces.HostUTS {
		config.World.Hostname = r.id
	}
	view := &overlay.View{}
	if r.view != nil {
		view = r.view
	}
	if r.stack != nil { // before init, which has all that is open for a moment
		defer func() { err = errors.Join(err, r.stack.Close()) }()
	}
	r.root, err = rootfs.Plan(&config.Spec, &rootfs.Host{
		Hostname:      r.hostname(),
		Cgroups:       r.cgroupsInside(),
		UserNamespace: !r.makesNodes,
		NoDevices:     r.lacksDeviceRules(),
		Devices:       security.Operations(r.devices, !r.makesNodes),
		Terminal:      r.hasTerminal(),
		HasTTYGroup:   r.userNamespace.HasGroup(ttyGroup),
		Root:          view.Root,
		Hide:          view.Hide,
		Hidden:        view.Hidden,
		Mounts:        r.mounts,
		Volumes:       view.Volumes,
		Target:        r.target(),
	})
	return err
}

// target tells where the links of an image lead; it is nil for other roots.
func (r *run) target() func(path string) string {
	if r.stack == nil {
		return nil
	}
	return r.stack.Target
}

// ttyGroup is the group to which terminals belong on every distribution.
const ttyGroup = 5

// cgroupsInside are the container's own cgroups, each once.
func (r *run) cgroupsInside() (inside []rootfs.Cgroup) {
	for _, view := range r.cgroups.Views() {
		cgroup := rootfs.Cgroup{Dir: view.Dir, Mountpoint: view.Mountpoint}
		if !slices.Contains(inside, cgroup) {
			inside = append(inside, cgroup)
		}
	}
	return inside
}
