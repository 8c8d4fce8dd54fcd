package lifecycle

import (
	"github.com/mydocker/mydocker/cgroups/group"
	"github.com/mydocker/mydocker/container/initproc"
)

// startIn has a process born in a container's cgroups.
func startIn(groups *group.Group, process *initproc.ParentProcess, cloner initproc.Cloner) error {
	migrations, err := groups.Migrations()
	if err != nil {
		return err
	}
	start := func(cgroup int) error {
		_, err := process.Start(cloner, migrations, cgroup, func() {})
		if err == nil {
			err = groups.JoinFreezer(process.Pid())
		}
		return err
	}
	return process.StartIn(groups.V2Dir(), start, groups.Join)
}
