// Package cgroups gives each container a cgroup of its own in every hierarchy
// that holds one of its limits, on cgroup v1, v2 and hosts that mix them.
package cgroups

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"

	"github.com/sirupsen/logrus"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// DefaultParent is the cgroup that holds the containers' cgroups, below the one
// that parentIn names. It is ours: the last container that ends removes it.
const DefaultParent = "/mydocker"

// CgroupManager sets up, enters and removes the cgroups of one container.
type CgroupManager struct {
	// Resource holds the limits. A default that the host cannot give is
	// lifted from it.
	Resource *subsystems.ResourceConfig
	// Watch is told of every change that the manager makes, if it is not nil.
	Watch func(Change)

	// parent is the cgroup parent that was asked for, "" if none was; id is the
	// name of the container's cgroup below it.
	parent, id string
	// trees are the hierarchies in use, created in this order and removed in
	// the reverse.
	trees    []*tree
	memberOf string // see membership
	cpus     cpuChoice
	dying    []string  // see clearDying
	waits    waitLimit // with the container's own processes
	log      *logrus.Logger
}

// tree is one hierarchy and the controllers of ours in it.
type tree struct {
	*subsystems.Hierarchy
	manager     *CgroupManager      // nil in tests that need none
	cgroup      string              // the container's, below the mount point
	base        string              // the cgroup that is there already, whoever made it
	free        string              // the directory that was last found without processes
	enabled     map[string][]string // see enabledIn
	controllers []subsystems.Subsystem
	counted     []string // names of controllers whose figures are wanted
	countsTasks bool     // not entered: init is moved into it
	created     bool     // the container's cgroup, by this manager
	lock        lock     // tells a live container from a leftover
	nameLock    lock     // of the container's name, see Claim
}

// dir is the directory of the container's cgroup.
func (t *tree) dir() string { return t.Dir(t.cgroup) }

// parent is the cgroup above the container's.
func (t *tree) parent() string { return path.Dir(t.cgroup) }

// NewCgroupManager resolves where the cgroups of the container called id will be,
// below parent or where parentIn says, and checks the limits against the host: it returns *MissingError for a limit that was
// asked for and has no controller, *UnavailableError for CPUs or memory nodes
// that the host does not have.
// A default without a controller is dropped with a warning; a default CPU that
// does not exist becomes the first one that does. It creates nothing yet.
func NewCgroupManager(parent, id string, res *subsystems.ResourceConfig, layout Layout, log *logrus.Logger) (*CgroupManager, error) {
	m := &CgroupManager{parent: parent, id: id, Resource: res, log: log}
	for _, name := range subsystems.Names(res) {
		h := layout[name]
		if h == nil {
			err := missing(name, layout)
			if err := m.leaveOut([]string{name}, err); err != nil {
				return nil, err
			}
			continue
		}
		if err := m.checkVersion(name, h); err != nil {
			return nil, err
		}
		t, err := m.treeOf(h, layout)
		if err != nil {
			return nil, err
		}
		t.add(subsystems.New(name, h, m.observe))
	}
	if err := res.FindDevices(); err != nil {
		return nil, err
	}
	if err := m.addCommon(layout); err != nil {
		return nil, err
	}
	if err := m.joinParent(layout); err != nil {
		return nil, err
	}
	return m, m.checkCPUSet()
}

// addCommon gives a container that has limits of rare controllers alone a cgroup in the
// hierarchy of memory, too: a run looks for leftovers where it has a cgroup itself, so each
// two need one hierarchy in common. On v2 they have.
func (m *CgroupManager) addCommon(layout Layout) error {
	h := layout[subsystems.MemoryName]
	if h == nil || h.Version == subsystems.V2 || len(m.trees) == 0 {
		return nil
	}
	for _, t := range m.trees {
		for _, name := range t.names() {
			if name == subsystems.MemoryName || name == subsystems.CPUSetName || name == subsystems.CPUName {
				return nil
			}
		}
	}
	t, err := m.treeOf(h, layout)
	if err != nil {
		return err
	}
	t.add(subsystems.New(subsystems.MemoryName, h, m.observe))
	return nil
}

// checkVersion refuses what was asked for and is there on v2 only.
func (m *CgroupManager) checkVersion(name string, h *subsystems.Hierarchy) error {
	for _, s := range m.Resource.Settings(name, h.Version) {
		if s.OnlyV2 && h.Version == subsystems.V1 {
			return fmt.Errorf("%s can be had on cgroup v2 only, and this host has the %s controller on v1", s.Flag, name)
		}
	}
	return nil
}

// treeOf returns the tree of h, which is one of layout's.
func (m *CgroupManager) treeOf(h *subsystems.Hierarchy, layout Layout) (*tree, error) {
	for _, t := range m.trees {
		if t.Mountpoint == h.Mountpoint {
			return t, nil
		}
	}
	var wanted []string
	for name, other := range layout {
		if other.Mountpoint == h.Mountpoint && subsystems.IsController(name) && m.Resource.Sets(name) {
			wanted = append(wanted, name)
		}
	}
	base, parent, err := m.parentIn(h, wanted)
	if err != nil {
		return nil, err
	}
	t := &tree{Hierarchy: h, manager: m, lock: unlocked, nameLock: unlocked, base: base, cgroup: path.Join(parent, m.id)}
	m.trees = append(m.trees, t)
	return t, nil
}

func (t *tree) add(s subsystems.Subsystem) { t.controllers = append(t.controllers, s) }

// names lists the tree's controllers.
func (t *tree) names() []string {
	names := make([]string, 0, len(t.controllers))
	for _, s := range t.controllers {
		names = append(names, s.Name())
	}
	return names
}

func (m *CgroupManager) observe(controller, file, value, why string) {
	verb := Write
	if value == "" {
		verb = Attach
	}
	m.changed(verb, file, value, why)
	if m.log.IsLevelEnabled(logrus.InfoLevel) { // WithFields reflects on each
		m.log.WithFields(logrus.Fields{"subsystem": controller, "file": file, "value": value}).Info("set limit")
	}
}

// leaveOut lifts the limits of the named controllers because of err, with one
// warning; it returns err where the user asked for one of them, or where err
// is not a thing that the host just does not offer.
func (m *CgroupManager) leaveOut(names []string, err error) error {
	if err == nil || !cannotGive(err) || slices.ContainsFunc(names, m.Resource.Asked) {
		return err
	}
	for _, name := range names {
		if m.Resource.Sets(name) {
			m.log.Warnf("the default %s limit is left out%s: %v", name, instead(name), err)
			m.Resource.Drop(name)
		}
	}
	return nil
}

// instead says what the caller does where a default is left out.
func instead(name string) string {
	if name == subsystems.DevicesName {
		return ", so no device node can be made, and none is of use but those of the container's /dev"
	}
	return ""
}

// Set creates the container's cgroup in every hierarchy and writes the
// limits. On error the caller destroys what was created.
func (m *CgroupManager) Set() error {
	var kept []*tree
	for _, t := range m.trees {
		err := m.setUp(t)
		if err == nil {
			kept = append(kept, t)
			continue
		}
		if err := m.leaveOut(t.names(), WithCause(err, t.Version)); err != nil {
			return err
		}
		if err := t.remove(t.cgroup, &m.waits); err != nil {
			return err
		}
	}
	m.trees = kept
	return nil
}

func (m *CgroupManager) setUp(t *tree) error {
	if err := t.create(t.cgroup); err != nil {
		return err
	}
	if t.Version == subsystems.V2 {
		if err := t.checkDomain(t.cgroup); err != nil {
			return err
		}
	}
	m.spreadCPUs(t)
	for _, s := range t.controllers {
		err := m.limit(t, s)
		if err != nil && t.Version == subsystems.V2 && m.leaveOut([]string{s.Name()}, WithCause(err, t.Version)) == nil {
			continue // the other controllers are in the same cgroup, and none the worse
		}
		if err != nil {
			return err
		}
	}
	return m.count(t, t.parent())
}

func (m *CgroupManager) limit(t *tree, s subsystems.Subsystem) error {
	if t.Version == subsystems.V1 || !subsystems.IsController(s.Name()) || !m.Resource.Sets(s.Name()) {
		return s.Set(t.cgroup, m.Resource)
	}
	parent := t.parent()
	if err := t.enable(parent, s.Name()); err != nil {
		return err
	}
	err := s.Set(t.cgroup, m.Resource)
	if errors.Is(err, unix.ENOENT) {
		// Another run may be at it: the kernel shows a controller as enabled
		// before the cgroups below have its files. It is done by the time that
		// it takes a write of the same.
		if err := t.passOn(t.Dir(parent), s.Name()); err != nil {
			return err
		}
		err = s.Set(t.cgroup, m.Resource)
	}
	return err
}

// Apply moves the process pid, and all its threads, into the container's
// cgroups. It is for a process that exists already; one that is yet to be
// started is better cloned there (Migrations, V2Dir).
func (m *CgroupManager) Apply(pid int) error {
	for _, t := range m.trees {
		if err := t.controllers[0].Apply(t.cgroup, pid); err != nil {
			return WithCause(err, t.Version)
		}
		m.changed(Write, t.dir()+"/cgroup.procs", strconv.Itoa(pid), whyMove)
	}
	return nil
}

// Migration takes a single thread into one of the container's v1 cgroups, and back. A
// process that the thread clones meanwhile begins there. The thread writes "0", which is
// itself, into Target, and later into Origin, or where that is gone into Root: these are
// "tasks" files. It must not be the first thread of its process, see utils.Thread.
type Migration struct {
	Target, Origin, Root string
	tree                 *tree
}

// Migrations lists those of all hierarchies that let a single thread in.
func (m *CgroupManager) Migrations() ([]Migration, error) {
	var migrations []Migration
	for _, t := range m.trees {
		if t.Version != subsystems.V1 || t.countsTasks {
			continue
		}
		membership, err := m.membership()
		if err != nil {
			return nil, err
		}
		migrations = append(migrations, Migration{
			Target: t.dir() + "/tasks",
			Origin: t.Dir(ownCgroup(t.Hierarchy, membership)) + "/tasks",
			Root:   t.Mountpoint + "/tasks",
			tree:   t,
		})
	}
	return migrations, nil
}

// Entered tells who watches that a thread went in.
func (g *Migration) Entered() { g.changed(Write, g.Target, "0", whyEnter) }

// Returned tells who watches that it went back.
func (g *Migration) Returned() { g.changed(Write, g.Origin, "0", whyLeave) }

// changed tells nobody of a migration that no manager has made.
func (g *Migration) changed(verb Verb, path, value, why string) {
	if g.tree != nil {
		g.tree.manager.changed(verb, path, value, why)
	}
}

// Refused says why a thread could not get in.
func (g *Migration) Refused(err error) error {
	return WithCause(&utils.WriteError{Path: g.Target, Value: "0", Err: err}, subsystems.V1)
}

// LeaveOut is told that err keeps the thread from going in. Where the kernel has no
// real-time budget for the new cgroup, which a mydocker under chrt(1) would need, and
// but defaults are held there, they are left out with a warning, and the cgroup is
// removed. Else it returns err.
func (m *CgroupManager) LeaveOut(g *Migration, err error) error {
	t := g.tree
	if !errors.Is(err, unix.EINVAL) || !isThere(t.dir()+"/cpu.rt_runtime_us") {
		return err
	}
	err = &MissingError{subsystems.CPUName, "mydocker runs under a real-time policy (chrt), and a new cgroup has no real-time budget (cpu.rt_runtime_us is 0)"}
	if err := m.leaveOut(t.names(), err); err != nil {
		return err
	}
	m.trees = slices.DeleteFunc(m.trees, func(other *tree) bool { return other == t })
	return t.remove(t.cgroup, &m.waits)
}

// V2Dir returns the directory of the container's v2 cgroup, for a child to be
// born in with CLONE_INTO_CGROUP, or "" if it has none.
func (m *CgroupManager) V2Dir() string {
	for _, t := range m.trees {
		if t.Version == subsystems.V2 {
			return t.dir()
		}
	}
	return ""
}

// OnlyV2 reports whether all of the container's limits are in cgroup v2.
func (m *CgroupManager) OnlyV2() bool {
	return len(m.trees) == 1 && m.trees[0].Version == subsystems.V2
}

// View is one of the container's cgroups and where its hierarchy is mounted.
type View struct{ Dir, Mountpoint string }

// Views returns the container's cgroups, each with the mount that shows it.
func (m *CgroupManager) Views() []View {
	views := make([]View, 0, len(m.trees))
	for _, t := range m.trees {
		views = append(views, View{t.dir(), t.Mountpoint})
	}
	return views
}

// Dirs returns the directories of the container's cgroups.
func (m *CgroupManager) Dirs() []string {
	dirs := make([]string, 0, len(m.trees))
	for _, t := range m.trees {
		dirs = append(dirs, t.dir())
	}
	return dirs
}

// Destroy removes the container's cgroups, and the parents if they are ours
// and nobody else uses them. Processes that are still inside are killed. It
// may be called at any time and more than once.
func (m *CgroupManager) Destroy() error {
	errs := []error{m.clearDying()}
	for _, t := range slices.Backward(m.trees) {
		if err := t.remove(t.cgroup, &m.waits); err != nil {
			errs = append(errs, fmt.Errorf("remove cgroup: %w", err))
		}
	}
	return errors.Join(errs...)
}
