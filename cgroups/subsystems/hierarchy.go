package subsystems

import "strings"

// Version is a cgroup version, V1 or V2.
type Version int

// The two cgroup interfaces of the kernel (cgroups(7)).
const (
	V1 Version = 1
	V2 Version = 2
)

// NameOf returns what this version calls a controller of Names.
func (v Version) NameOf(name string) string {
	if v == V1 && name == IOName {
		return v1IOName
	}
	return name
}

// Hierarchy is one mounted cgroup tree.
type Hierarchy struct {
	Version Version
	// Mountpoint is where it is mounted, without a trailing slash.
	Mountpoint string
	// Root is the cgroup that appears at Mountpoint; "/" unless this is a
	// bind mount, as inside another container.
	Root string
	// Controllers are those of the controllers asked for that live here, by
	// the names that this version has for them.
	Controllers []string
}

// Dir returns the directory of the cgroup at path below the mount point.
func (h *Hierarchy) Dir(path string) string {
	if path == "/" {
		return h.Mountpoint
	}
	return h.Mountpoint + path
}

// DirOf returns the directory of the cgroup that /proc/PID/cgroup calls name,
// which counts from the hierarchy's root and not from the mount's. A cgroup
// that this mount does not show is answered with the mount point, its nearest
// visible ancestor.
func (h *Hierarchy) DirOf(name string) string {
	root := strings.TrimSuffix(h.Root, "/")
	rest, below := strings.CutPrefix(name, root)
	if !below || strings.Contains(rest, "/..") || (rest != "" && rest[0] != '/') {
		return h.Mountpoint
	}
	return h.Dir("/" + strings.TrimPrefix(rest, "/"))
}
