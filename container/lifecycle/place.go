package lifecycle

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/group"
	"github.com/mydocker/mydocker/container/initproc"
	"github.com/mydocker/mydocker/utils"
)

// startIn has a process born in a container's cgroups. Where the kernel cannot do that with a v2
// cgroup (before Linux 5.7) it is moved there, while it still waits for its message.
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
	dir := groups.V2Dir()
	if dir == "" {
		return start(-1)
	}
	fd, err := utils.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return &os.PathError{Op: "open", Path: dir, Err: err}
	}
	err = start(fd)
	if process.Pid() == 0 && initproc.LacksIntoCgroup(err) {
		if err = start(-1); err == nil {
			err = groups.Join(process.Pid())
		}
	}
	return errors.Join(err, unix.Close(fd))
}
