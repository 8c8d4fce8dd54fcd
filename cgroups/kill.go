package cgroups

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// Kill ends every process in the container's cgroups, and waits until they are
// gone, for up to two seconds, which are those of Destroy, too.
func (m *CgroupManager) Kill() error {
	for _, t := range m.trees {
		for {
			if err := t.kill(t.cgroup); err != nil {
				return err
			}
			left, err := utils.ReadFile(t.dir() + "/cgroup.procs")
			if left == "" || err != nil || !m.waits.pause(removePause) {
				break // Destroy meets the error again
			}
		}
	}
	return nil
}

// kill sends SIGKILL to every process in the cgroup and below it: to all at
// once where the kernel can do that (v2, Linux 5.14), so that none forks its
// way out, else to each that is listed. The caller repeats it until the cgroup
// is empty.
func (t *tree) kill(cgroup string) error {
	dir := t.Dir(cgroup)
	if t.Version == subsystems.V2 {
		inside, err := isInside(t.Hierarchy, cgroup)
		if err != nil {
			return err
		}
		if !inside { // or it would be among them
			if err := utils.WriteFile(dir+"/cgroup.kill", "1"); !utils.Gone(err) {
				t.manager.changed(Write, dir+"/cgroup.kill", "1", whyKill)
				return err
			}
		}
	}
	return killAll(dir)
}

// isInside reports whether the calling process is in the cgroup or below it.
func isInside(h *subsystems.Hierarchy, cgroup string) (bool, error) {
	membership, err := utils.ReadFile("/proc/self/cgroup")
	if err != nil {
		return false, err
	}
	return strings.HasPrefix(h.DirOf(cgroupOf(membership, h))+"/", h.Dir(cgroup)+"/"), nil
}

// killAll sends SIGKILL to every process in the cgroup at dir and below it.
// One may fork between the reading of the list and the signal.
func killAll(dir string) error {
	pids, err := processes(dir)
	if err != nil {
		return err
	}
	for _, pid := range pids {
		if err := unix.Kill(pid, unix.SIGKILL); err != nil && err != unix.ESRCH {
			return fmt.Errorf("kill process %d of %s: %w", pid, dir, err)
		}
	}
	return nil
}

// ReadProcesses lists the processes in the cgroup at dir alone, but for those of a PID namespace that
// the caller cannot see. The error is the kernel's, also where the cgroup is gone.
func ReadProcesses(dir string) (pids []int, err error) {
	content, err := utils.ReadFile(dir + "/cgroup.procs")
	if err != nil {
		return nil, err
	}
	for _, line := range strings.Fields(content) {
		pid, err := strconv.Atoi(line)
		if err != nil {
			return nil, fmt.Errorf("%s/cgroup.procs: %w", dir, err)
		}
		if pid > 0 { // 0 is one that cannot be seen
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

// processes lists the processes in the cgroup at dir and below it, but for the
// calling one and those of a PID namespace that it cannot see. A cgroup that is
// gone has none.
func processes(dir string) ([]int, error) {
	pids, err := ReadProcesses(dir)
	if utils.Gone(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	pids = slices.DeleteFunc(pids, func(pid int) bool { return pid == os.Getpid() })
	nested, err := subdirectories(dir)
	if utils.Gone(err) {
		return pids, nil
	}
	for _, name := range nested {
		below, err := processes(dir + "/" + name)
		if err != nil {
			return nil, err
		}
		pids = append(pids, below...)
	}
	return pids, err
}
