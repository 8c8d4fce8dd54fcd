package rootfs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// Mount is one of the spec's, with what the host has to it.
type Mount struct {
	*spec.Mount
	source     string // the real path: no link is in it
	directory  bool   // Source is one, or will be
	missing    bool   // Source is to be made
	lacksBelow bool   // the kernel cannot make mounts below read-only
}

// FindMounts looks for what the user wants to be mounted, the parents before what is
// mounted in them, as Docker does it. Nothing is changed yet. What a mount cannot be
// is in warnings, where the user has not insisted on it.
func FindMounts(mounts []spec.Mount, userNamespace bool) (found []Mount, warnings []string, err error) {
	for n := range mounts {
		m := Mount{Mount: &mounts[n]}
		if err := m.find(); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", m.Mount, err)
		}
		found = append(found, m)
	}
	slices.SortStableFunc(found, func(a, b Mount) int { return strings.Count(a.Target, "/") - strings.Count(b.Target, "/") })
	warnings, err = checkMounts(found, userNamespace)
	return found, warnings, err
}

// find looks for the source.
func (m *Mount) find() error {
	if err := checkProc(m.Target); err != nil || m.Type != spec.MountBind {
		return err
	}
	source, err := utils.RealPath(m.Source)
	if errors.Is(err, fs.ErrNotExist) {
		return m.findParent()
	}
	var errno syscall.Errno
	if err != nil && !errors.As(err, &errno) && !errors.Is(err, utils.ErrNoPath) { // what filepath says of links without end
		err = unix.ELOOP
	}
	if err != nil {
		return fmt.Errorf("%s: %w", m.Source, plainly(err))
	}
	info, err := os.Stat(source)
	if err != nil {
		return fmt.Errorf("%s: %w", m.Source, plainly(err))
	}
	m.source, m.directory = source, info.IsDir()
	return nil
}

// findParent says where a missing source is to be made: below the real path of what
// there is of it.
func (m *Mount) findParent() error {
	if !m.CreateSource {
		return fmt.Errorf("%s: %w (--volume makes a directory there, and so does bind-create-src)", m.Source, unix.ENOENT)
	}
	if info, err := os.Lstat(m.Source); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return fmt.Errorf("%s: %w (it is a link to what is not there)", m.Source, unix.ENOENT)
	}
	there := m.Source
	for {
		there = path.Dir(there)
		parent, err := utils.RealPath(there)
		if err == nil {
			m.source = path.Join(parent, strings.TrimPrefix(m.Source, there))
			m.directory, m.missing = true, true
			return nil
		}
		if !errors.Is(err, fs.ErrNotExist) || there == "/" {
			return fmt.Errorf("%s: %w", there, plainly(err))
		}
	}
}

// MakeSource makes a directory that is missing on the host, and tells which is the
// topmost that it made, "" for none.
func (m *Mount) MakeSource() (made string, err error) {
	if !m.missing {
		return "", nil
	}
	for dir := m.source; ; dir = path.Dir(dir) {
		if _, err := os.Lstat(dir); err == nil {
			break
		}
		made = dir
	}
	if err := os.MkdirAll(m.source, 0o755); err != nil {
		return made, fmt.Errorf("%s: make the missing directory %s: %w", m.Mount, m.source, plainly(err))
	}
	return made, nil
}

// Resolved is the real path of what is bound, "" for a tmpfs.
func (m *Mount) Resolved() string { return m.source }

// IsMissing tells whether MakeSource has something to make.
func (m *Mount) IsMissing() bool { return m.missing }

// checkProc refuses targets in /proc. What a program believes of its processes, and
// init writes there, has to be the kernel's. A few files with figures are covered by some
// to show a container its own, and runc, too, lets them.
func checkProc(target string) error {
	below, is := strings.CutPrefix(target, "/proc/")
	if target != "/proc" && !is {
		return nil
	}
	figures := []string{"cpuinfo", "diskstats", "meminfo", "stat", "swaps", "uptime", "loadavg", "slabinfo", "net/dev"}
	if slices.Contains(figures, below) {
		return nil
	}
	return fmt.Errorf("the container's /proc stays its own; of what is in it, %s can be mounted over (-v /proc:/host/proc shows the host's)", strings.Join(figures, ", "))
}

// checkMounts checks what the kernel and the host's mounts let be.
func checkMounts(mounts []Mount, userNamespace bool) (warnings []string, err error) {
	var host hostMounts
	for n := range mounts {
		m := &mounts[n]
		if m.Relabel != "" && hasSELinux() {
			return nil, fmt.Errorf("%s: mydocker sets no SELinux labels, and does not run its containers with one: leave z, Z and relabel out, or chcon -R -t container_file_t %s for other runtimes' sake", m.Mount, m.source)
		}
		if err := m.checkPropagation(&host, userNamespace); err != nil {
			return nil, fmt.Errorf("%s: %w", m.Mount, err)
		}
		warning, err := m.checkReadOnly(&host)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.Mount, err)
		}
		if warning != "" {
			warnings = append(warnings, fmt.Sprintf("%s: %s", m.Mount, warning))
		}
	}
	return warnings, nil
}

// checkPropagation refuses what would look like propagation and be none.
func (m *Mount) checkPropagation(host *hostMounts, userNamespace bool) error {
	flag := m.propagation()
	if flag == 0 {
		return nil
	}
	if userNamespace && flag == unix.MS_SHARED {
		return errors.New("no mount leaves a user namespace: slave or rslave has the host's mounts come in")
	}
	on, err := host.holding(m.source)
	if err != nil {
		return err
	}
	shared := slices.ContainsFunc(on.Propagation, func(s string) bool { return strings.HasPrefix(s, "shared:") })
	slave := slices.ContainsFunc(on.Propagation, func(s string) bool { return strings.HasPrefix(s, "master:") })
	switch {
	case shared, slave && flag == unix.MS_SLAVE:
		return nil
	case flag == unix.MS_SLAVE:
		return fmt.Errorf("%s is on %s, which is neither a shared nor a slave mount (mount --make-shared %s)", m.source, on.Point, on.Point)
	}
	return fmt.Errorf("%s is on %s, which is not a shared mount (mount --make-shared %s)", m.source, on.Point, on.Point)
}

// checkReadOnly says what can still be written to where the kernel makes a mount itself
// read-only and not what is mounted below it.
func (m *Mount) checkReadOnly(host *hostMounts) (warning string, err error) {
	if !m.ReadOnly || m.Type != spec.MountBind || m.OnlyTop || m.NonRecursive || hasMountSetattr() {
		return "", nil
	}
	if m.RecursiveReadOnly {
		return "", errors.New("bind-recursive=readonly needs mount_setattr(2), of Linux 5.12")
	}
	m.lacksBelow = true
	below, err := host.below(m.source)
	if err != nil || len(below) == 0 {
		return "", err
	}
	return fmt.Sprintf("what is mounted below %s, as on %s, stays writable: that takes mount_setattr(2), of Linux 5.12", m.source, below[0].Point), nil
}

// propagation is the flag of mount(2) for it, 0 for what is private. As in Docker, it
// is the same for all mounts below.
func (m *Mount) propagation() uint64 {
	switch m.Propagation {
	case "shared", "rshared":
		return unix.MS_SHARED
	case "slave", "rslave":
		return unix.MS_SLAVE
	}
	return 0
}

// operation is what init does for the mount.
func (m *Mount) operation(mayMake bool) wire.Operation {
	o := wire.Operation{Kind: wire.OpBind, Flags: wire.FlagVolume, Path: m.Target, Source: m.source}
	if mayMake {
		o.Flags |= wire.FlagMake
	}
	if strings.HasPrefix(m.Target, "/proc/") { // checkProc has allowed it
		o.Flags |= wire.FlagNoLinks
	}
	for _, f := range [...]struct {
		set  bool
		flag uint64
	}{{m.ReadOnly, unix.MS_RDONLY}, {m.NoExec, unix.MS_NOEXEC}, {m.NoSuid, unix.MS_NOSUID}, {m.NoDev, unix.MS_NODEV}} {
		if f.set {
			o.Mount |= f.flag
		}
	}
	if m.Type == spec.MountTmpfs {
		o.Kind, o.Source, o.Type, o.Data = wire.OpMount, "tmpfs", "tmpfs", m.Data
		if !hasOption(m.Data, "mode") && len(m.Data) <= wire.MaxTmpfsData {
			o.Flags |= wire.FlagKeepMode
		}
		return o
	}
	if !m.NonRecursive {
		o.Flags |= wire.FlagRecursive
	}
	if m.ReadOnly && !m.OnlyTop && !m.NonRecursive && !m.lacksBelow {
		o.Flags |= wire.FlagReadOnlyBelow
	}
	if propagation := m.propagation(); propagation != 0 {
		o.Mount |= propagation | unix.MS_REC
	}
	if m.IsEarly() {
		o.Flags |= wire.FlagEarly
	}
	return o
}

// IsEarly tells what has to be opened before init mounts anything: what is to take part
// in the host's mounts, and what will not be the host's any more then.
func (m *Mount) IsEarly() bool {
	return m.propagation() != 0 || m.source == "/" || m.source == "/proc" || strings.HasPrefix(m.source, "/proc/")
}

// FindLink is the first link on the way to a path below a directory, "" for none.
func FindLink(dir, target string) string {
	for end := 1; end <= len(target); end++ {
		if end < len(target) && target[end] != '/' {
			continue
		}
		info, err := os.Lstat(dir + target[:end])
		if err != nil {
			return ""
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			return target[:end]
		}
	}
	return ""
}

// hasOption tells whether a tmpfs's options have one.
func hasOption(data, key string) bool {
	return slices.ContainsFunc(strings.Split(data, ","), func(option string) bool { return strings.HasPrefix(option, key+"=") })
}

// addMounts adds the user's mounts, which take the place of what there is by default.
func (p *plan) addMounts() error {
	early := 0
	if p.lockedProc {
		early++
	}
	for n := range p.host.Mounts {
		m := &p.host.Mounts[n]
		if hidden := p.hiddenBy(m.Target); hidden != "" {
			return fmt.Errorf("%s: %s is hidden from the container (--security-opt systempaths=unconfined shows it)", m.Mount, hidden)
		}
		p.dropDefault(m.Target)
		o := m.operation(p.mayMake(m.Target))
		if m.Type == spec.MountVolume {
			o.Flags, o.Source = o.Flags|wire.FlagFromTmpfs, p.host.Volumes[m.Target]
		}
		if o.Flags&wire.FlagEarly != 0 {
			early++
		}
		p.add(o)
		p.hideBelow(m)
	}
	if early > wire.MaxEarly {
		return fmt.Errorf("%d volumes have a propagation, or are / or in /proc, and %d can", early, wire.MaxEarly)
	}
	return nil
}

// hideBelow covers in a volume what is hidden below its source: the volume would show it
// again. A source that is hidden itself was asked for by its name.
func (p *plan) hideBelow(m *Mount) {
	if m.source == "" {
		return
	}
	held := false
	for _, hidden := range p.host.Hidden {
		if hidden == m.source || !utils.IsAt(hidden, m.source) {
			continue
		}
		if !held { // who shares a volume that this is mounted in may move it away meanwhile
			p.add(wire.Operation{Kind: wire.OpHold, Path: m.Target, Data: utils.Identity(m.source)})
			held = true
		}
		p.add(wire.Operation{
			Kind: wire.OpMask, Flags: wire.FlagIfThere | wire.FlagInHeld, Mount: unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC,
			Path: path.Join(m.Target, strings.TrimPrefix(hidden, m.source)),
		})
	}
}

// dropDefault takes back what is mounted at target by default. With /dev all goes that
// is mounted in it, unless the terminal comes from there: then it is covered.
func (p *plan) dropDefault(target string) {
	if p.host.Terminal && (target == devDir || target == devDir+"/pts") {
		return
	}
	p.operations = slices.DeleteFunc(p.operations, func(o wire.Operation) bool {
		mounts := o.Kind == wire.OpMount || o.Kind == wire.OpBind
		return mounts && o.Flags&wire.FlagVolume == 0 && (o.Path == target || target == devDir && utils.IsBelow(o.Path, devDir))
	})
}

// mayMake tells whether a missing target may be made: in a root that is read-only, where it
// comes to the layer that is thrown away; nothing is changed in a directory of the host's,
// or in changes that are kept.
func (p *plan) mayMake(target string) bool {
	if !p.spec.Root.IsClosed() {
		return true
	}
	return slices.ContainsFunc(p.host.Mounts, func(m Mount) bool { return utils.IsBelow(target, m.Target) }) ||
		utils.IsBelow(target, devDir)
}

// hasTarget tells whether the user mounts something there.
func (p *plan) hasTarget(target string) bool {
	return slices.ContainsFunc(p.host.Mounts, func(m Mount) bool { return m.Target == target })
}
