// Package rootfs says how the root file system of a container is made: a list of
// operations, which the parent computes and init applies (package bare).
package rootfs

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// Host is what the plan has to know of the host and of this run.
type Host struct {
	// Hostname is the container's.
	Hostname string
	// Cgroups are the container's own cgroups.
	Cgroups []Cgroup
	// UserNamespace is whether it is in one, its own or mydocker's: nobody can make device
	// nodes there.
	UserNamespace bool
	// HasTTYGroup is whether the group 5 exists in it, to which terminals belong.
	HasTTYGroup bool
	// NoDevices is whether device nodes are of no use but in /dev.
	NoDevices bool
	// Devices make the devices that it has beyond those that all have, or instead of them.
	Devices []wire.Operation
	// Terminal is whether the command gets a pseudo-terminal.
	Terminal bool
	// Root makes the root itself; none binds the spec's Root.Dir. Hide covers what is not
	// to be seen of the host's.
	Root, Hide []wire.Operation
	// Hidden are the host's paths that Hide covers, without links in them.
	Hidden []string
	// Mounts are the spec's, as FindMounts has found them.
	Mounts []Mount
	// Volumes are where those of an image are in the tmpfs, by their targets.
	Volumes map[string]string
	// Target tells where a path of the root leads, behind its links; nil looks in the spec's
	// Root.Dir.
	Target func(path string) string
}

// Cgroup is one of the container's own cgroups.
type Cgroup struct {
	// Dir is its directory, Mountpoint that of the hierarchy.
	Dir, Mountpoint string
}

// Plan lists what init has to do. The root, and what is to be mounted, exists and is
// what it is meant to be, or there is an error.
func Plan(s *spec.Spec, host *Host) ([]wire.Operation, error) {
	root := host.Root
	if len(root) == 0 {
		dir, err := Directory(s.Root.Dir)
		if err != nil {
			return nil, err
		}
		bound, err := bindRoot(dir, s.Root.ReadOnly)
		if err != nil {
			return nil, err
		}
		root = []wire.Operation{bound}
	}
	p := plan{spec: s, host: host}
	p.add(wire.Operation{Kind: wire.OpTmpfs, Mount: unix.MS_NOSUID | unix.MS_STRICTATIME, Data: "mode=755,size=65536k"})
	p.add(root...)
	if err := p.addProc(); err != nil {
		return nil, err
	}
	p.addDev()
	p.addSys()
	p.addEmpty()
	p.add(host.Hide...)
	if err := p.addMounts(); err != nil {
		return nil, err
	}
	p.addMasks()
	p.addFiles()
	if s.Root.Image != "" { // it may be made also where the root is read-only then
		p.addWorkingDir()
	}
	if s.Root.ReadOnly {
		p.add(wire.Operation{Kind: wire.OpSealRoot, Mount: unix.MS_RDONLY})
	}
	if s.Root.Image == "" {
		p.addWorkingDir()
	}
	p.add(wire.Operation{Kind: wire.OpPivot, Path: "/"})
	if host.NoDevices {
		return p.operations, p.barDevices()
	}
	return p.operations, nil
}

// bindRoot is how a directory becomes the root. What is mounted in it is read-only with it:
// OpSealRoot comes when all is made, and is for the root itself alone.
func bindRoot(dir string, readOnly bool) (wire.Operation, error) {
	o := wire.Operation{Kind: wire.OpRoot, Source: dir, Flags: wire.FlagRecursive}
	if !readOnly {
		return o, nil
	}
	if hasMountSetattr() {
		o.Flags |= wire.FlagReadOnlyBelow
		o.Mount = unix.MS_RDONLY
		return o, nil
	}
	var host hostMounts
	below, err := host.below(dir)
	if err == nil && len(below) > 0 {
		err = fmt.Errorf("--read-only: what is mounted on %s would stay writable: that takes mount_setattr(2), of Linux 5.12", below[0].Point)
	}
	return o, err
}

// barDevices has the kernel open no device by a node that is outside of /dev.
func (p *plan) barDevices() error {
	var host hostMounts
	recursive := hasMountSetattr()
	for n := range p.operations {
		o := &p.operations[n]
		switch o.Kind {
		case wire.OpRoot, wire.OpBind, wire.OpRootMount, wire.OpMount:
		default:
			continue
		}
		if utils.IsAt(o.Path, "/dev") {
			continue
		}
		o.Mount |= unix.MS_NODEV
		if o.Flags&wire.FlagRecursive == 0 {
			continue
		}
		if recursive {
			o.Flags |= wire.FlagNoDevicesBelow
			continue
		}
		below, err := host.below(o.Source)
		if err == nil && len(below) > 0 {
			err = fmt.Errorf("without a rule for devices, those of what is mounted on %s could be used: to bar them takes mount_setattr(2), of Linux 5.12", below[0].Point)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// plan is a list of operations that grows.
type plan struct {
	spec       *spec.Spec
	host       *Host
	operations []wire.Operation
	lockedProc bool     // what is mounted in the host's /proc comes along into a user namespace
	targets    []string // where the user's mounts lie, behind the links of the root
}

func (p *plan) add(operations ...wire.Operation) {
	p.operations = append(p.operations, operations...)
}

// kernelMount are the flags of the kernel's own file systems.
const kernelMount = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC

// Directory is the real path of a directory that is to be a container's root.
func Directory(dir string) (string, error) {
	path, err := utils.RealPath(dir)
	if err != nil {
		return "", fmt.Errorf("--rootfs %s: %w", dir, plainly(err))
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("--rootfs %s: %w", dir, plainly(err))
	}
	if !info.IsDir() {
		return "", fmt.Errorf("--rootfs %s: not a directory; unpack an archive or mount an image first", dir)
	}
	if path == "/" {
		return "", fmt.Errorf("--rootfs %s is the host's own root: --overlay and --read-only give a view of it", dir)
	}
	return path, nil
}

// plainly takes away what os puts around an errno: the caller has named the path.
func plainly(err error) error {
	var pathError *os.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}
