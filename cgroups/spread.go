package cgroups

import (
	"math"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// spreadCPUs gives the container that was just made in t the default CPU that the
// fewest of the older ones below the same parent are pinned to. Beside very many it
// looks at some of them only, and begins with any CPU.
func (m *CgroupManager) spreadCPUs(t *tree) {
	if t != m.cpus.tree || len(m.cpus.defaults) < 2 || alone(t.Dir(t.parent())) {
		return
	}
	inTurn, pins := m.cpus.defaults, m.olderPins(t)
	if len(pins) == maxSiblings {
		inTurn = from(inTurn, int(positionOf(m.id))%len(inTurn))
	}
	cpu := leastUsed(inTurn, pins)
	m.Resource.CPUs.Value = utils.CPUList{cpu}
}

// leastUsed returns the first of the CPUs that the fewest containers are pinned to.
// Those that are not pinned yet, being made at this instant, will choose in the same
// way.
func leastUsed(inTurn utils.CPUList, pins []utils.CPUList) int {
	used := map[int]int{}
	next := func() int {
		return slices.MinFunc(inTurn, func(a, b int) int { return used[a] - used[b] })
	}
	choosing := 0
	for _, cpus := range pins {
		if cpus == nil {
			choosing++
		}
		for _, cpu := range cpus {
			used[cpu]++
		}
	}
	for range choosing {
		used[next()]++
	}
	return next()
}

// olderPins returns the CPUs of each container below the same parent that was made
// before this one, nil for one that is not pinned, and of maxSiblings at most. The
// kernel makes one cgroup at a time and numbers them in that order (since Linux 4.14).
func (m *CgroupManager) olderPins(t *tree) (pins []utils.CPUList) {
	own := inode(t.dir())
	var seen []string
	for name, err := range namesAround(t.Dir(t.parent()), positionOf(m.id)) {
		if err != nil || len(pins) == maxSiblings {
			break
		}
		if utils.IsID(name) && !slices.Contains(seen, name) && inode(t.Dir(t.sibling(name))) < own {
			seen, pins = append(seen, name), append(pins, t.pinned(name))
		}
	}
	return pins
}

// inode is the number of a directory; that of none is above all others.
func inode(dir string) uint64 {
	var stat unix.Stat_t
	if unix.Stat(dir, &stat) != nil {
		return math.MaxUint64
	}
	return stat.Ino
}

// pinned returns the CPUs of the container called name beside this one, or nil.
func (t *tree) pinned(name string) utils.CPUList {
	content, err := utils.ReadFile(t.Dir(t.sibling(name)) + "/cpuset.cpus")
	if err != nil {
		return nil
	}
	cpus, err := utils.ParseCPUList(content)
	if err != nil { // none
		return nil
	}
	return cpus
}
