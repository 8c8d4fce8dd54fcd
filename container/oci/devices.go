package oci

import (
	"fmt"
	"path"
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// devMode are the permissions of a device, where the configuration has none.
const devMode = 0o666

// defaultDevices are those that every container has (config-linux.md, "Default Devices").
func defaultDevices() []specs.LinuxDevice {
	node := func(path string, major, minor int64) specs.LinuxDevice {
		return specs.LinuxDevice{Path: path, Type: "c", Major: major, Minor: minor}
	}
	return []specs.LinuxDevice{
		node("/dev/null", 1, 3), node("/dev/zero", 1, 5), node("/dev/full", 1, 7),
		node("/dev/random", 1, 8), node("/dev/urandom", 1, 9), node("/dev/tty", 5, 0),
	}
}

// typeAt is the type of what is mounted at a path last, "" for nothing.
func (r *rootFS) typeAt(path string) (found string) {
	for n := range r.spec.Mounts {
		m := &r.spec.Mounts[n]
		if options := parseMountOptions(m.Options); target(m.Destination) != path || options.remount {
			continue
		} else if found = m.Type; options.bind || found == "" {
			found = "bind"
		}
	}
	return found
}

// hasHostDev tells whether /dev is a directory of the host's, in which nothing is made.
func (r *rootFS) hasHostDev() bool {
	return r.typeAt("/dev") == "bind"
}

// addDevices fills /dev.
func (r *rootFS) addDevices() error {
	if r.hasHostDev() {
		r.addConsole(0)
		return nil
	}
	hold := wire.Operation{Kind: wire.OpHold, Path: "/dev"}
	switch r.typeAt("/dev") {
	case "":
		r.add(wire.Operation{Kind: wire.OpDirectory, Flags: wire.FlagMake | wire.FlagNoLinks, Path: "/dev", Mode: 0o755})
	case "tmpfs":
		hold.Device = unix.TMPFS_MAGIC
	}
	r.add(hold)
	made := []string{}
	for n, device := range r.spec.Linux.Devices {
		if err := r.addDevice(device); err != nil {
			return fmt.Errorf("linux.devices[%d]: %w", n, err)
		}
		made = append(made, target(device.Path))
	}
	for _, device := range defaultDevices() {
		if slices.Contains(made, device.Path) {
			continue
		}
		if err := r.addDevice(device); err != nil {
			return err
		}
	}
	links := [][2]string{
		{"/dev/fd", "/proc/self/fd"}, {"/dev/stdin", "/proc/self/fd/0"}, {"/dev/stdout", "/proc/self/fd/1"}, {"/dev/stderr", "/proc/self/fd/2"},
	}
	if unix.Access("/proc/kcore", unix.F_OK) == nil { // not all kernels have it
		links = append(links, [2]string{"/dev/core", "/proc/kcore"})
	}
	for _, link := range links {
		r.add(wire.Operation{Kind: wire.OpSymlink, Flags: wire.FlagInHeld | wire.FlagIfThere, Path: link[0], Source: link[1]})
	}
	r.add(wire.Operation{Kind: wire.OpSymlink, Flags: wire.FlagInHeld | wire.FlagReplace, Path: "/dev/ptmx", Source: "pts/ptmx"})
	r.addConsole(wire.FlagMake)
	return nil
}

// addConsole opens the pseudo-terminal, and shows it as /dev/console.
func (r *rootFS) addConsole(flags uint64) {
	if r.plan.Process.Terminal {
		r.add(wire.Operation{Kind: wire.OpConsole, Flags: flags, Path: "/dev/console", Source: "/dev/pts"})
	}
}

// addDevice makes a device node, or binds the host's where the kernel lets nobody make one.
func (r *rootFS) addDevice(device specs.LinuxDevice) error {
	node, err := nodeOf(device)
	if err != nil {
		return err
	}
	if utils.IsBelow(node.Path, "/dev") {
		node.Flags |= wire.FlagInHeld
	}
	if path.Dir(node.Path) != "/dev" {
		r.add(wire.Operation{
			Kind: wire.OpDirectory, Flags: node.Flags&wire.FlagInHeld | wire.FlagMake | wire.FlagNoLinks, Path: path.Dir(node.Path), Mode: 0o755,
		})
	}
	bound := wire.Operation{
		Kind: wire.OpBind, Flags: node.Flags&wire.FlagInHeld | wire.FlagMake | wire.FlagNoLinks | wire.FlagDevice,
		Path: node.Path, Source: node.Path, Mode: node.Mode, Device: node.Device,
	}
	if r.plan.Namespaces.Has(specs.UserNamespace) {
		if err := checkHosts(node); err != nil {
			return err
		}
		r.add(bound)
		return nil
	}
	bound.Flags |= wire.FlagElse
	node.Flags |= wire.FlagOrElse
	r.add(node, bound)
	return nil
}

// nodeOf is how a device node is made.
func nodeOf(device specs.LinuxDevice) (o wire.Operation, err error) {
	o = wire.Operation{Kind: wire.OpNode, Path: target(device.Path), Mode: devMode}
	if device.Path == "" || o.Path == "/" {
		return o, fmt.Errorf("path is missing")
	}
	if device.FileMode != nil {
		o.Mode = uint32(*device.FileMode) & 0o7777
	}
	switch device.Type {
	case "c", "u":
		o.Mode |= unix.S_IFCHR
	case "b":
		o.Mode |= unix.S_IFBLK
	case "p":
		o.Mode |= unix.S_IFIFO
	default:
		return o, fmt.Errorf("%s: type %q is none of c, u, b and p", o.Path, utils.Shortened(device.Type))
	}
	if device.Type != "p" {
		if device.Major < 0 || device.Minor < 0 || device.Major > 0xfff || device.Minor > 0xfffff {
			return o, fmt.Errorf("%s: there is no device %d:%d", o.Path, device.Major, device.Minor)
		}
		o.Device = unix.Mkdev(uint32(device.Major), uint32(device.Minor))
	}
	o.Data = ownerOf(device)
	return o, nil
}

// ownerOf is whom a device belongs to, "" for root.
func ownerOf(device specs.LinuxDevice) string {
	var ids [2]uint32
	for n, id := range []*uint32{device.UID, device.GID} {
		if id != nil {
			ids[n] = *id
		}
	}
	if ids == [2]uint32{} {
		return ""
	}
	return fmt.Sprintf("%x %x ", ids[0], ids[1])
}

// checkHosts makes sure of the host's device that takes the place of a node.
func checkHosts(node wire.Operation) error {
	var status unix.Stat_t
	if err := unix.Lstat(node.Path, &status); err != nil {
		return fmt.Errorf("%s: in a user namespace it can only be bound from the host: %w", node.Path, err)
	}
	if status.Mode&unix.S_IFMT != node.Mode&unix.S_IFMT || node.Device != 0 && uint64(status.Rdev) != node.Device { //nolint:unconvert // 32 bits on some
		return fmt.Errorf("%s: in a user namespace it can only be bound from the host, where it is another file", node.Path)
	}
	return nil
}
