package group

import (
	"fmt"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups"
	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// OfSystemd is New for a path at which systemd makes the cgroups. Where it has cgroup v2 alone
// (sd_booted(3)'s hosts mount that at /sys/fs/cgroup), so has the container, whatever else is mounted.
func OfSystemd(path, id string) (*Group, error) {
	const mountpoint = "/sys/fs/cgroup"
	g, err := New(path, id)
	if err != nil {
		return nil, err
	}
	var status unix.Statfs_t
	if err := unix.Statfs(mountpoint, &status); err != nil {
		return nil, fmt.Errorf("statfs %s: %w", mountpoint, err)
	}
	if status.Type != unix.CGROUP2_SUPER_MAGIC {
		return g, nil
	}
	g.mounted = slices.DeleteFunc(g.mounted, func(m *cgroups.Mounted) bool {
		if m.Version == subsystems.V1 {
			g.forget(m)
		}
		return m.Version == subsystems.V1
	})
	return g, nil
}

// Adopt is Create for cgroups that another has made for a process, which is there: systemd. On v1 it
// makes those of the hierarchies that systemd leaves alone, and moves the process there. Where the
// caller may not, as an ordinary user, Dirs lacks them.
func (g *Group) Adopt(pid int) error {
	g.fresh = true
	for _, m := range g.mounted {
		err := g.adoptIn(m, pid)
		if err == nil {
			continue
		}
		err = cgroups.WithCause(err, m.Version)
		if m.Version == subsystems.V2 || !isForbidden(err) {
			return err
		}
		g.forget(m)
		g.refused = err
	}
	return nil
}

func (g *Group) adoptIn(m *cgroups.Mounted, pid int) error {
	dir := g.dirIn(m)
	if m.Version == subsystems.V2 {
		return g.enableAll(dir)
	}
	if _, err := g.makeDir(m, dir); err != nil {
		return err
	}
	if err := fillIfCPUSet(m, dir); err != nil {
		return err
	}
	return utils.WriteFile(dir+"/cgroup.procs", strconv.Itoa(pid))
}
