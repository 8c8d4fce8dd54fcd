package cgroups

import (
	"github.com/sirupsen/logrus"

	"github.com/mydocker/mydocker/cgroups/subsystems"
)

// Handed are the cgroups of a container for the next process image of the same process: what
// TakeOver needs of them, as JSON can hold it.
type Handed struct {
	Parent, ID string
	Resource   *subsystems.ResourceConfig
	Trees      []HandedTree
}

// HandedTree is the container's cgroup in one hierarchy. Lock is a descriptor, which has to stay open.
type HandedTree struct {
	Hierarchy            subsystems.Hierarchy
	Cgroup, Base         string
	Controllers, Counted []string
	CountsTasks          bool
	Lock                 int
}

// HandOver describes what the manager has made. The manager itself goes on as long as this process
// image does.
func (m *CgroupManager) HandOver() *Handed {
	handed := &Handed{Parent: m.parent, ID: m.id, Resource: m.Resource}
	for _, t := range m.trees {
		handed.Trees = append(handed.Trees, HandedTree{
			Hierarchy: *t.Hierarchy, Cgroup: t.cgroup, Base: t.base, Controllers: t.names(), Counted: t.counted,
			CountsTasks: t.countsTasks, Lock: int(t.lock),
		})
	}
	return handed
}

// Locks are the descriptors that have to stay open.
func (h *Handed) Locks() (fds []int) {
	for n := range h.Trees {
		fds = append(fds, h.Trees[n].Lock)
	}
	return fds
}

// TakeOver returns a manager that goes on with cgroups that are there, and locked by the process, which has
// kept the locks over its execve.
func TakeOver(handed *Handed, log *logrus.Logger) *CgroupManager {
	m := &CgroupManager{parent: handed.Parent, id: handed.ID, Resource: handed.Resource, log: log}
	for n := range handed.Trees {
		h := &handed.Trees[n]
		t := &tree{
			Hierarchy: &h.Hierarchy, manager: m, lock: lock(h.Lock), nameLock: unlocked, base: h.Base, cgroup: h.Cgroup,
			counted: h.Counted, countsTasks: h.CountsTasks, created: true,
		}
		for _, name := range h.Controllers {
			t.add(subsystems.New(name, t.Hierarchy, m.observe))
		}
		m.trees = append(m.trees, t)
	}
	return m
}
