package cgroups

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
)

// Account has the kernel count what the container uses, in hierarchies of
// layout that no limit needs, too. What the host cannot count is left out. It
// is called before Set. names are the controllers.
func (m *CgroupManager) Account(layout Layout, names []string) error {
	for _, name := range names {
		h := layout[name]
		if h == nil {
			continue
		}
		t, err := m.treeOf(h, layout)
		if err != nil {
			return err
		}
		t.counted = append(t.counted, name)
		t.countsTasks = t.countsTasks || h.Version == subsystems.V1 && name == subsystems.PidsName
		if !slices.Contains(t.names(), name) {
			t.add(subsystems.New(name, h, m.observe))
		}
	}
	return nil
}

// count enables the controllers of a v2 tree that are there to count.
func (m *CgroupManager) count(t *tree, parent string) error {
	if t.Version == subsystems.V1 {
		return nil
	}
	for _, name := range t.counted {
		err := t.enable(parent, name)
		if err != nil && !cannotGive(err) {
			return err
		}
	}
	return nil
}

// Join moves the container's first process, which waits for its command, into
// the v1 cgroups that count tasks. In those that it was born in, a thread of
// mydocker has been counted, too (Enter).
func (m *CgroupManager) Join(pid int) error {
	for _, t := range m.trees {
		if !t.countsTasks {
			continue
		}
		err := t.controllers[0].Apply(t.cgroup, pid)
		if err != nil && !errors.Is(err, unix.ESRCH) { // whoever waits for its end says why
			return WithCause(err, t.Version)
		}
		m.changed(Write, t.dir()+"/cgroup.procs", strconv.Itoa(pid), whyJoin)
	}
	return nil
}

// Directory is the container's cgroup as one controller has it.
type Directory struct {
	Dir     string
	Version subsystems.Version
}

// ByController tells where each controller has the container's cgroup, and as
// subsystems.CoreName where its v2 cgroup is. One that it does not have is absent.
func (m *CgroupManager) ByController() map[string]Directory {
	directories := map[string]Directory{}
	for _, t := range m.trees {
		directory := Directory{t.dir(), t.Version}
		for _, name := range t.names() {
			directories[name] = directory
		}
		if t.Version == subsystems.V2 {
			directories[subsystems.CoreName] = directory
		}
	}
	return directories
}

// Processes lists the processes in the container's cgroup and below it. There
// are none where the host gave it no cgroup.
func (m *CgroupManager) Processes() ([]int, error) {
	if len(m.trees) == 0 {
		return nil, nil
	}
	pids, err := processes(m.trees[0].dir())
	if err != nil {
		return nil, fmt.Errorf("list the container's processes: %w", err)
	}
	return pids, nil
}
