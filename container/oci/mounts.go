package oci

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/lifecycle"
	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// rootFS is a configuration's root file system, which becomes a list of operations.
type rootFS struct {
	spec       *specs.Spec
	plan       *lifecycle.Plan
	options    Options
	operations []wire.Operation
	sealed     []wire.Operation // what makes mounts read-only when all is made in them
	early      int              // how many operations have FlagEarly
}

// operations tells plan how init makes the root file system: its root is at plan.Rootfs, and
// its namespaces and process are there already.
func operations(s *specs.Spec, plan *lifecycle.Plan, options Options) error {
	if s.Linux == nil {
		s.Linux = new(specs.Linux)
	}
	r := &rootFS{spec: s, plan: plan, options: options}
	propagation, err := r.rootPropagation()
	if err != nil {
		return err
	}
	plan.Message.Slave = propagation&(unix.MS_PRIVATE|unix.MS_UNBINDABLE) == 0
	for _, part := range []func() error{r.addRoot, r.addMounts, r.addDevices, r.addHooks, r.addWorkingDir, r.addPaths, r.addPivot} {
		if err := part(); err != nil {
			return errors.Join(err, closeFiles(plan))
		}
	}
	if r.early > wire.MaxEarly {
		return fmt.Errorf("mounts: %d are shared with the host, and %d can", r.early, wire.MaxEarly)
	}
	plan.Message.Operations = r.operations
	return nil
}

func (r *rootFS) add(operations ...wire.Operation) {
	r.operations = append(r.operations, operations...)
}

// addRoot mounts the root on itself, where hooks look for it.
func (r *rootFS) addRoot() error {
	r.add(wire.Operation{
		Kind: wire.OpRoot, Flags: wire.FlagInPlace | wire.FlagRecursive, Source: r.plan.Rootfs,
		Mount: unix.MS_PRIVATE,
	})
	return nil
}

// rootPropagation is linux.rootfsPropagation, 0 for none.
func (r *rootFS) rootPropagation() (uint64, error) {
	name := r.spec.Linux.RootfsPropagation
	if name == "" {
		return 0, nil
	}
	propagation, isOne := propagations()[name]
	if !isOne {
		return 0, fmt.Errorf("linux.rootfsPropagation: rootfsPropagation=%s is not supported", utils.Shortened(name))
	}
	return propagation, nil
}

// addWorkingDir makes the working directory where it is missing, as runc does: nobody above makes
// that of an image. Where it cannot be made, whoever enters it tells.
func (r *rootFS) addWorkingDir() error {
	if dir := path.Clean(r.spec.Process.Cwd); dir != "/" {
		r.add(wire.Operation{Kind: wire.OpDirectory, Flags: wire.FlagMake | wire.FlagIfThere, Path: dir, Mode: 0o755})
	}
	return nil
}

// addPivot ends the list.
func (r *rootFS) addPivot() error {
	r.add(r.sealed...)
	if r.spec.Root.Readonly {
		r.add(wire.Operation{Kind: wire.OpSealRoot, Mount: unix.MS_RDONLY})
	}
	propagation, err := r.rootPropagation()
	if err != nil {
		return err
	}
	o := wire.Operation{Kind: wire.OpPivot, Path: "/"}
	if !r.plan.Namespaces.IsNew(specs.MountNamespace) {
		return r.addChroot(o, propagation)
	}
	if propagation&(unix.MS_SHARED|unix.MS_UNBINDABLE) != 0 {
		o.Mount = propagation
	}
	if r.options.NoPivot {
		if propagation&unix.MS_PRIVATE != 0 {
			return errors.New("linux.rootfsPropagation: rootfsPropagation of [r]private is not safe without pivot_root")
		}
		o.Flags |= wire.FlagMoveRoot
	}
	r.add(o)
	return nil
}

// addChroot ends the list where the mount namespace is others' as well: their root stays theirs.
func (r *rootFS) addChroot(o wire.Operation, propagation uint64) error {
	if propagation != 0 {
		return errors.New("linux.rootfsPropagation: it would change the mounts of others, for there is no new mount namespace")
	}
	r.plan.Message.OthersMounts = !r.plan.Namespaces.Has(specs.MountNamespace)
	o.Flags |= wire.FlagChroot
	r.add(o)
	return nil
}

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
	m.later = m.target == "/dev" || slices.ContainsFunc(r.spec.Mounts[n+1:], func(other specs.Mount) bool {
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
	_, err := r.openTree(o)
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
		r.early++
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
