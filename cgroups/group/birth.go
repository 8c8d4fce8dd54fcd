package group

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/mydocker/mydocker/cgroups"
	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// Migrations and V2Dir are how a process is born in it, as with cgroups.CgroupManager. Into v1's freezer
// it goes by JoinFreezer: a thread that enters a frozen one to be cloned there is frozen, and its
// program cannot even be killed.
func (g *Group) Migrations() ([]cgroups.Migration, error) {
	if err := g.findMounted(); err != nil {
		return nil, err
	}
	var migrations []cgroups.Migration
	for _, dir := range g.v1Dirs() {
		if dir == g.Dirs["freezer"] {
			continue
		}
		m := g.mountOf(dir)
		if m == nil {
			return nil, fmt.Errorf("the hierarchy of the container's cgroup %s is not mounted here", dir)
		}
		migrations = append(migrations, cgroups.Migration{
			Target: dir + "/tasks", Origin: m.Dir(m.Own()) + "/tasks", Root: m.Mountpoint + "/tasks",
		})
	}
	return migrations, nil
}

// JoinFreezer moves a process into v1's freezer, which was born in the other cgroups and has not begun.
func (g *Group) JoinFreezer(pid int) error {
	dir := g.Dirs["freezer"]
	if dir == "" {
		return nil
	}
	return cgroups.WithCause(utils.WriteFile(dir+"/cgroup.procs", strconv.Itoa(pid)), subsystems.V1)
}

// findMounted looks up the hierarchies for a group that was opened.
func (g *Group) findMounted() (err error) {
	if g.mounted == nil && len(g.v1Dirs()) > 0 {
		g.mounted, err = cgroups.FindMounted()
	}
	return err
}

// mountOf is the hierarchy that has dir, which is on v1.
func (g *Group) mountOf(dir string) *cgroups.Mounted {
	for _, m := range g.mounted {
		if m.Version == subsystems.V1 && slices.ContainsFunc(m.Controllers, func(name string) bool { return g.Dirs[name] == dir }) {
			return m
		}
	}
	return nil
}

// Join moves a process in, with all its threads. It takes the kernel longer than to have one born in
// it: several milliseconds for each v1 hierarchy.
func (g *Group) Join(pid int) error {
	for _, dir := range g.all() {
		if err := utils.WriteFile(dir+"/cgroup.procs", strconv.Itoa(pid)); err != nil {
			version := subsystems.V1
			if dir == g.V2Dir() {
				version = subsystems.V2
			}
			return cgroups.WithCause(err, version)
		}
	}
	return nil
}
