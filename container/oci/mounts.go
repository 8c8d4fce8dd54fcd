package oci

import (
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/notify"
	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

func (r *rootFS) addMounts() error {
	for n := range r.spec.Mounts {
		if err := r.addMount(n); err != nil {
			return fmt.Errorf("mounts[%d]: %w", n, err)
		}
	}
	return nil
}

// mount is one of the specification's, with its options read.
type mount struct {
	*specs.Mount
	mountOptions
	target string // Destination, absolute and clean
	later  bool   // something is made below it afterwards
}

// addMount adds one mount.
func (r *rootFS) addMount(n int) error {
	m := &mount{Mount: &r.spec.Mounts[n], mountOptions: parseMountOptions(r.spec.Mounts[n].Options)}
	if m.Destination == "" {
		return errors.New("destination is missing")
	}
	m.target = target(m.Destination)
	m.later = m.target == "/dev" || r.options.Notify && utils.IsBelow(notify.Dir, m.target) || slices.ContainsFunc(r.spec.Mounts[n+1:], func(other specs.Mount) bool {
		return utils.IsBelow(target(other.Destination), m.target)
	})
	if m.target == "/" {
		return errors.New("destination /: the container's root is what root.path names")
	}
	m.bind = m.bind || m.Type == "bind" && !m.remount
	if err := m.checkMappings(); err != nil {
		return err
	}
	if err := m.checkProc(); err != nil {
		return err
	}
	switch {
	case m.remount:
		return r.addRemount(m)
	case m.bind:
		return r.addBind(m)
	case m.Type == "cgroup" || m.Type == "cgroup2":
		return r.addCgroup(m)
	}
	return r.addFileSystem(m)
}

// target is a path in the container: a relative one counts from its root.
func target(destination string) string { return path.Clean("/" + destination) }

func (m *mount) checkMappings() error {
	switch {
	case (len(m.UIDMappings) > 0) != (len(m.GIDMappings) > 0):
		return fmt.Errorf("%s: uidMappings and gidMappings go together", m.target)
	case (m.idmap || len(m.UIDMappings) > 0) && (!m.bind || m.remount):
		return fmt.Errorf("%s: only a bind mount can be idmapped", m.target)
	}
	return nil
}

// checkProc refuses what would have programs, and init, believe others' files to be the
// kernel's. The files that some cover with figures of the container's own are those of runc.
func (m *mount) checkProc() error {
	if !utils.IsAt(m.target, "/proc") || m.remount {
		return nil
	}
	if m.target == "/proc" {
		if m.Type == "proc" || m.bind { // init makes sure that the source is a procfs
			return nil
		}
		return fmt.Errorf("%q cannot be mounted because it is not of type proc", m.target)
	}
	files := []string{
		"cpuinfo", "diskstats", "meminfo", "stat", "swaps", "uptime", "loadavg", "slabinfo", "net/dev",
		"sys/kernel/ns_last_pid", "sys/crypto/fips_enabled",
	}
	if slices.Contains(files, strings.TrimPrefix(m.target, "/proc/")) {
		return nil
	}
	return fmt.Errorf("%q cannot be mounted because it is inside /proc", m.target)
}

// addFileSystem mounts a new file system.
func (r *rootFS) addFileSystem(m *mount) error {
	if m.Type == "" {
		return fmt.Errorf("%s: type is missing, and no bind is among the options", m.target)
	}
	if m.attributes.SetBelow|m.attributes.ClearBelow != 0 {
		return fmt.Errorf("%s: a new file system has nothing below that an option such as rro could be for", m.target)
	}
	source := m.Source
	if source == "" {
		source = m.Type
	}
	o := wire.Operation{
		Kind: wire.OpMount, Flags: wire.FlagMake, Mount: m.flags, Path: m.target,
		Source: source, Type: m.Type, Data: strings.Join(m.data, ","),
	}
	if len(o.Data) >= os.Getpagesize() {
		return fmt.Errorf("%s: options are longer than the %d bytes of a page, which is what mount(2) takes", m.target, os.Getpagesize()-1)
	}
	switch m.Type {
	case "proc", "sysfs":
		o.Flags |= wire.FlagNoLinks
	default:
		o.Flags |= wire.FlagVolume
	}
	if m.Type == "tmpfs" {
		r.adjustTmpfs(m, &o)
	} else if m.copyUp {
		return fmt.Errorf("%s: tmpcopyup is an option of a tmpfs", m.target)
	}
	r.seal(m, &o)
	r.addWithElse(m, o)
	r.addPropagation(m)
	return nil
}

// adjustTmpfs gives a tmpfs the permissions and perhaps the files of what it covers.
func (r *rootFS) adjustTmpfs(m *mount, o *wire.Operation) {
	hasMode := slices.ContainsFunc(m.data, func(option string) bool { return strings.HasPrefix(option, "mode=") })
	if !hasMode && len(o.Data) <= wire.MaxTmpfsData {
		o.Flags |= wire.FlagKeepMode
	}
	if m.copyUp {
		o.Flags |= wire.FlagCopyUp
	}
}

// seal makes a new file system read-only at the end where something is to be made in it before.
// The kernel's own have all directories already.
func (r *rootFS) seal(m *mount, o *wire.Operation) {
	if o.Mount&unix.MS_RDONLY == 0 || !m.later && !m.copyUp || m.Type == "sysfs" || m.Type == "proc" {
		return
	}
	o.Mount &^= unix.MS_RDONLY
	seal := wire.Operation{Kind: wire.OpRemount, Mount: unix.MS_RDONLY, Path: m.target}
	if m.Type == "tmpfs" {
		seal.Device = unix.TMPFS_MAGIC
	}
	r.sealed = append(r.sealed, seal)
}

// addWithElse adds a new file system. A sysfs shows the devices of one network namespace: that
// of another owner's the kernel does not let a user namespace mount.
func (r *rootFS) addWithElse(m *mount, o wire.Operation) {
	if m.Type != "sysfs" || !r.plan.Namespaces.Has(specs.UserNamespace) {
		r.add(o)
		return
	}
	o.Flags |= wire.FlagOrElse
	r.add(o, wire.Operation{
		Kind: wire.OpBind, Flags: wire.FlagElse | wire.FlagMake | wire.FlagNoLinks | wire.FlagRecursive | wire.FlagReadOnlyBelow,
		Mount: unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC, Source: "/sys", Path: m.target,
	})
}

// addPropagation changes that of a new file system, which is private.
func (r *rootFS) addPropagation(m *mount) {
	if m.propagation&^unix.MS_REC == unix.MS_PRIVATE || m.propagation == 0 {
		return
	}
	r.add(wire.Operation{Kind: wire.OpRemount, Mount: m.propagation, Path: m.target})
}

// addRemount changes what is mounted already: the mount itself with bind, the file system
// without.
func (r *rootFS) addRemount(m *mount) error {
	if m.bind {
		if err := r.checkBindData(m); err != nil {
			return err
		}
		o := wire.Operation{Kind: wire.OpRemount, Mount: m.propagation, Attributes: m.attributes, Path: m.target}
		if bound := r.mountOf(m.target); bound != nil && target(bound.Destination) == m.target {
			o.Data = utils.Identity(r.sourceOf(bound))
		}
		r.add(o)
		return nil
	}
	r.add(wire.Operation{
		Kind: wire.OpRemount, Flags: wire.FlagSuperblock, Mount: m.flags, Path: m.target,
		Source: m.Source, Type: m.Type, Data: strings.Join(m.data, ","),
	})
	r.addPropagation(m)
	return nil
}
