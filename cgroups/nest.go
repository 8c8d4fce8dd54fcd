package cgroups

import (
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// parentIn says below which cgroup of hierarchy h the container's is made. Without a
// parent that was asked for it is DefaultParent below mydocker's own cgroup, or on
// v2 the nearest one above that can have children with controllers: so a limit
// around mydocker holds for the container, too, as that of a batch system, a
// systemd slice, or another container.
func (m *CgroupManager) parentIn(h *subsystems.Hierarchy, wanted []string) (base, parent string, err error) {
	if m.parent != "" {
		return "/", m.parent, nil
	}
	membership, err := m.membership()
	if err != nil {
		return "", "", err
	}
	base = ownCgroup(h, membership)
	if h.Version == subsystems.V2 {
		base = nearest(h, base, wanted)
	}
	return base, path.Join(base, DefaultParent), nil
}

// joinParent puts the container below the parent that was asked for in each v1 hierarchy
// that has it, also in those where the container has no limit of its own: the parent may
// have one.
func (m *CgroupManager) joinParent(layout Layout) error {
	if m.parent == "" || m.parent == "/" {
		return nil
	}
	for _, name := range subsystems.AllNames() {
		h := layout[name]
		if h == nil || h.Version != subsystems.V1 || !isThere(h.Dir(m.parent)) {
			continue
		}
		t, err := m.treeOf(h, layout)
		if err != nil {
			return err
		}
		if !slices.Contains(t.names(), name) {
			t.add(subsystems.New(name, h, m.observe))
		}
	}
	return nil
}

// membership is the content of /proc/self/cgroup, which is read once.
func (m *CgroupManager) membership() (string, error) {
	if m.memberOf == "" {
		content, err := utils.ReadFile("/proc/self/cgroup")
		if err != nil && !utils.Gone(err) { // a kernel without cgroups has no such file
			return "", err
		}
		m.memberOf = content
	}
	return m.memberOf, nil
}

// ownCgroup is mydocker's own cgroup below the mount point of h, or what is nearest
// to it there.
func ownCgroup(h *subsystems.Hierarchy, membership string) string {
	name := cgroupOf(membership, h)
	if strings.HasPrefix(h.Root, "/..") { // the mount is wider than the cgroup namespace
		depth := strings.Count(h.Root, "/..") + len(strings.FieldsFunc(name, func(r rune) bool { return r == '/' }))
		return findOwn(h, "/", depth)
	}
	return path.Join("/", strings.TrimPrefix(h.DirOf(name), h.Mountpoint))
}

// findOwn looks for mydocker's own cgroup so many levels below another; it answers
// "/" if it is not there.
func findOwn(h *subsystems.Hierarchy, cgroup string, depth int) string {
	if depth == 0 {
		pids, err := utils.ReadFile(h.Dir(cgroup) + "/cgroup.procs")
		if err == nil && slices.Contains(strings.Fields(pids), strconv.Itoa(os.Getpid())) {
			return cgroup
		}
		return "/"
	}
	names, err := subdirectories(h.Dir(cgroup))
	if err != nil { // it is gone
		return "/"
	}
	for _, name := range names {
		if own := findOwn(h, path.Join(cgroup, name), depth-1); own != "/" {
			return own
		}
	}
	return "/"
}

// nearest returns the v2 cgroup, own or above it, that holds no processes and can
// give the wanted controllers to its children. It stops at a cgroup that holdsBack, and
// then returns own: children of own get no controllers, but stay within those limits.
func nearest(h *subsystems.Hierarchy, own string, wanted []string) string {
	if own == "/" { // nothing above it is seen here
		return own
	}
	for at := own; !holdsBack(h, at); { // own has mydocker in it
		at = path.Dir(at)
		if canPassOn(h, at, wanted) {
			return at
		}
		if at == "/" {
			break
		}
	}
	return own
}

// limitFiles are the files of a v2 cgroup with a limit on memory, CPUs, CPU time or disks,
// each with the first word of one that holds no limit. The limit on tasks is not among
// them: systemd sets one for each of its units.
func limitFiles() map[string]string {
	return map[string]string{
		"memory.max": "max", "memory.high": "max", "memory.swap.max": "max",
		"cpu.max": "max", "cpuset.cpus": "", "io.max": "",
	}
}

// holdsBack reports whether a new container must not be made outside of the cgroup: that
// is another container's, or has a limit (limitFiles).
func holdsBack(h *subsystems.Hierarchy, cgroup string) bool {
	dir := h.Dir(cgroup)
	if utils.IsID(path.Base(cgroup)) && isContainer(dir, h.Version) {
		return true
	}
	for file, free := range limitFiles() {
		value, err := utils.ReadFile(dir + "/" + file)
		if err != nil {
			continue // the cgroup does not have the controller
		}
		if value, _, _ = strings.Cut(value, " "); value != free {
			return true
		}
	}
	return false
}

// canPassOn reports whether the children of the cgroup can have the controllers: it
// holds no processes, and the cgroups above give them to it, or can.
func canPassOn(h *subsystems.Hierarchy, cgroup string, controllers []string) bool {
	if holds, err := holdsProcesses(h.Dir(cgroup)); err != nil || holds {
		return false
	}
	if cgroup == "/" {
		return true
	}
	content, err := utils.ReadFile(h.Dir(cgroup) + "/cgroup.controllers")
	if err != nil {
		return false
	}
	given := strings.Fields(content)
	lacks := func(name string) bool { return !slices.Contains(given, name) }
	return !slices.ContainsFunc(controllers, lacks) || canPassOn(h, path.Dir(cgroup), controllers)
}
