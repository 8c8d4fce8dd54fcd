// Package group is the cgroups of a container that outlives the command that made it: the
// same path in every hierarchy, as the engines above an OCI runtime want and find them. It has
// no lock and no leftovers: what is made is written down by the caller, and removed by who
// deletes the container.
package group

import (
	"slices"

	"github.com/mydocker/mydocker/cgroups"
	"github.com/mydocker/mydocker/cgroups/subsystems"
)

// Group is the cgroups of one container.
type Group struct {
	// Dirs are the directories, by the name of a controller (as /proc/self/cgroup has it; "" is
	// cgroup v2), and are all that has to be kept to open the group again. There are none where
	// the container stays in the caller's cgroups.
	Dirs map[string]string

	// What follows is known to who makes the group.
	mounted []*cgroups.Mounted
	path    string   // that was asked for
	made    []string // directories that Create has made, from the top down
	fresh   bool     // Create was called, and Set was not
	refused error    // why the caller may make no cgroup in some hierarchy
}

// Open returns that of a container that is there.
func Open(dirs map[string]string) *Group { return &Group{Dirs: dirs} }

// V2Dir is the directory of the v2 cgroup, "" for none.
func (g *Group) V2Dir() string { return g.Dirs[""] }

// v1Dirs lists the directories on v1, each once, in the order of their controllers' names.
func (g *Group) v1Dirs() []string {
	var names, dirs []string
	for name := range g.Dirs {
		if name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if !slices.Contains(dirs, g.Dirs[name]) { // two controllers may share a hierarchy
			dirs = append(dirs, g.Dirs[name])
		}
	}
	return dirs
}

// all lists the directories, each once, v2's last.
func (g *Group) all() []string {
	dirs := g.v1Dirs()
	if v2 := g.V2Dir(); v2 != "" {
		dirs = append(dirs, v2)
	}
	return dirs
}

// controller finds the directory that has the files of a controller, which is called by its name on
// v2. Without any it is "".
func (g *Group) controller(name string) (subsystems.Version, string) {
	if dir := g.Dirs[subsystems.V1.NameOf(name)]; dir != "" {
		return subsystems.V1, dir
	}
	return subsystems.V2, g.V2Dir()
}
