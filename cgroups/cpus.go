package cgroups

import (
	"slices"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// cpuChoice is what is left open about the CPUs until the container is made.
type cpuChoice struct {
	tree     *tree         // the one that pins to CPUs
	defaults utils.CPUList // what the default CPU may be, in turn
	narrowed bool          // mydocker itself may not run on all that were asked for
}

func (m *CgroupManager) checkCPUSet() error {
	if !m.Resource.Sets(subsystems.CPUSetName) {
		return nil
	}
	for _, t := range m.trees {
		for _, s := range t.controllers {
			if cpuset, ok := s.(*subsystems.CPUSet); ok {
				err := m.fitCPUs(t, cpuset)
				if err == nil {
					err = m.checkMems(t, cpuset)
				}
				return m.leaveOut([]string{subsystems.CPUSetName}, WithCause(err, t.Version))
			}
		}
	}
	return nil
}

// fitCPUs checks the CPUs that were asked for, or chooses the default one among
// those that the container and mydocker itself may run on (sched_setaffinity(2), as
// by taskset).
func (m *CgroupManager) fitCPUs(t *tree, cpuset *subsystems.CPUSet) error {
	cpus := &m.Resource.CPUs
	if len(cpus.Value) == 0 {
		return nil
	}
	available, err := cpuset.Available(t.parent(), "cpuset.cpus")
	if err != nil {
		return err
	}
	own := utils.Affinity(0)
	if cpus.Asked {
		if len(cpus.Value.Missing(available)) > 0 {
			return &UnavailableError{"CPUs", cpus.Value, available}
		}
		m.cpus.narrowed = own != nil && len(cpus.Value.Missing(own)) > 0
		return nil
	}
	m.cpus.tree, m.cpus.defaults = t, inTurn(available, own, cpus.Value[0])
	cpus.Value = m.cpus.defaults[:1]
	return nil
}

// inTurn lists those of the available CPUs that the caller has, too, from first on
// and around; all if it has none of them.
func inTurn(available, own utils.CPUList, first int) utils.CPUList {
	outside := available.Missing(own)
	cpus := available.Missing(outside)
	if len(cpus) == 0 {
		cpus = available
	}
	at, _ := slices.BinarySearch(cpus, first)
	if at == len(cpus) || cpus[at] != first {
		at = 0
	}
	return from(cpus, at)
}

// from lists the CPUs from one of them on and around.
func from(cpus utils.CPUList, at int) utils.CPUList {
	return slices.Concat(cpus[at:], cpus[:at])
}

// Affinity is the CPUs that the container's processes have to be given beside their
// cgroup, or nil: mydocker was started with fewer than were asked for, which is
// inherited and which the kernel keeps since Linux 6.2.
func (m *CgroupManager) Affinity() utils.CPUList {
	if !m.cpus.narrowed {
		return nil
	}
	return m.Resource.CPUs.Value
}

// checkMems does what the kernel does for v1 only: on v2 it takes any node that
// the host has, and uses others where the cgroup above has not that one.
func (m *CgroupManager) checkMems(t *tree, cpuset *subsystems.CPUSet) error {
	mems := m.Resource.CPUSetMems
	if len(mems) == 0 {
		return nil
	}
	available, err := cpuset.Available(t.parent(), "cpuset.mems")
	if err == nil && len(mems.Missing(available)) > 0 {
		err = &UnavailableError{"memory nodes", mems, available}
	}
	return err
}
