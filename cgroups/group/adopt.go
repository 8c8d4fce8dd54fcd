package group

import (
	"strconv"

	"github.com/mydocker/mydocker/cgroups"
	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// Adopt is Create for cgroups that another has made for a process, which is there: systemd. On v1 it
// makes those of the hierarchies that systemd leaves alone, and moves the process there.
func (g *Group) Adopt(pid int) error {
	g.fresh = true
	for _, m := range g.mounted {
		dir := g.dirIn(m)
		if m.Version == subsystems.V2 {
			if err := g.enableAll(dir); err != nil {
				return cgroups.WithCause(err, m.Version)
			}
			continue
		}
		if _, err := g.makeDir(m, dir); err != nil {
			return cgroups.WithCause(err, m.Version)
		}
		if err := fillIfCPUSet(m, dir); err != nil {
			return err
		}
		if err := utils.WriteFile(dir+"/cgroup.procs", strconv.Itoa(pid)); err != nil {
			return cgroups.WithCause(err, m.Version)
		}
	}
	return nil
}
