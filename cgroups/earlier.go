package cgroups

import (
	"fmt"
	"time"
)

// ClearEarlier removes what an earlier run of the same container has left because it was killed. It
// is called before Set by who has the container for himself, and waits for the end of processes that the
// kernel is not done with.
func (m *CgroupManager) ClearEarlier() error {
	const patience, pause = 10 * time.Second, 2 * time.Millisecond
	if !m.isThere() {
		return nil
	}
	for since := time.Now(); ; time.Sleep(pause) {
		result, err := m.clear(m.id)
		if err != nil {
			return fmt.Errorf("clear the container's earlier cgroup: %w", err)
		}
		if result != busy && !m.isThere() {
			return nil
		}
		if time.Since(since) > patience {
			return fmt.Errorf("the container's earlier cgroup %s is still in use", m.trees[0].dir())
		}
	}
}

// isThere reports whether the container has a cgroup anywhere.
func (m *CgroupManager) isThere() bool {
	for _, t := range m.trees {
		if isThere(t.dir()) {
			return true
		}
	}
	return false
}
