package group

import (
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// Kill ends all that is in it, frozen or not, and waits for that. The calling process is spared.
func (g *Group) Kill() error {
	var limit wait
	for {
		pids, err := g.killOnce()
		if err != nil || len(pids) == 0 {
			return err
		}
		if !limit.pause() {
			return notEnded(g.main(), pids)
		}
	}
}

// notEnded is the error about processes that were killed in a cgroup, and are still there.
func notEnded(dir string, pids []int) error {
	return fmt.Errorf("%d process(es) of %s were killed and have not ended, as process %d: they may wait for a disk, or another one has them frozen", len(pids), dir, pids[0])
}

// killOnce kills what is there, and returns what was. On v1 it is done first: a process that is frozen there ends no
// sooner than it is thawed, and v2's end is waited for.
func (g *Group) killOnce() ([]int, error) {
	all, err := g.killV1()
	if dir := g.V2Dir(); dir != "" && err == nil {
		var pids []int
		pids, err = killV2(dir)
		all = append(all, pids...)
	}
	return all, err
}

// killV2 kills all at once where the kernel can do that (Linux 5.14), so that none forks its way out, and waits for
// their end.
func killV2(dir string) ([]int, error) {
	pids, err := othersIn([]string{dir})
	if err != nil || len(pids) == 0 {
		return nil, err
	}
	inside, err := isInside(dir)
	if err != nil {
		return nil, err
	}
	if !inside { // or it would be among them
		err := utils.WriteFile(dir+"/cgroup.kill", "1")
		if err == nil {
			ended, err := await(dir, "populated", "0")
			if err == nil && !ended {
				err = notEnded(dir, pids)
			}
			return pids, err
		}
		if !utils.Gone(err) && !isThreaded(err) {
			return nil, err
		}
	}
	return pids, killEach(pids)
}

// killV1 kills what is in the v1 cgroups: on an ordinary host the same processes in all of them. While they are frozen
// none forks, and the signal comes when they are thawed.
func (g *Group) killV1() ([]int, error) {
	dirs := g.v1Dirs()
	pids, err := othersIn(dirs)
	if err != nil || len(pids) == 0 {
		return nil, err
	}
	freezer := g.Dirs["freezer"]
	if freezer == "" {
		return pids, killEach(pids)
	}
	if inside, err := isInside(freezer); err != nil || inside {
		return pids, errors.Join(err, killEach(pids))
	}
	frozen := utils.WriteFile(freezer+"/freezer.state", "FROZEN")
	if pids, err = othersIn(dirs); err == nil {
		err = errors.Join(killEach(pids), bringBack(freezer, pids))
	}
	if frozen == nil {
		err = errors.Join(err, thawAllV1(freezer))
	}
	return pids, err
}

// thawAllV1 thaws a cgroup and those below it, in which the container may have frozen processes itself.
func thawAllV1(dir string) error {
	children, err := subdirectories(dir)
	for _, name := range children {
		err = errors.Join(err, thawAllV1(dir+"/"+name))
	}
	return errors.Join(err, utils.Ignore(thawV1(dir), unix.ENOENT, unix.ENODEV))
}

// bringBack moves processes of the group that others have taken to another freezer cgroup: as long as they are frozen
// there they do not end.
func bringBack(freezer string, pids []int) error {
	inside, err := processesIn(freezer)
	if err != nil {
		return err
	}
	for _, pid := range pids {
		if slices.Contains(inside, pid) {
			continue
		}
		err := utils.WriteFile(freezer+"/cgroup.procs", strconv.Itoa(pid))
		if err := utils.Ignore(err, unix.ESRCH, unix.ENOENT, unix.ENODEV, unix.EACCES, unix.EPERM); err != nil {
			return fmt.Errorf("move process %d back: %w", pid, err)
		}
	}
	return nil
}

// othersIn lists the processes in the cgroups, but for the calling one.
func othersIn(dirs []string) ([]int, error) {
	var all []int
	for _, dir := range dirs {
		pids, err := processesIn(dir)
		if err != nil {
			return nil, err
		}
		all = append(all, pids...)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	return slices.DeleteFunc(all, func(pid int) bool { return pid == os.Getpid() }), nil
}

func killEach(pids []int) error {
	for _, pid := range pids {
		if err := unix.Kill(pid, unix.SIGKILL); err != nil && err != unix.ESRCH {
			return fmt.Errorf("kill process %d: %w", pid, err)
		}
	}
	return nil
}

// isInside reports whether the calling process is in the cgroup at dir or below it.
func isInside(dir string) (bool, error) {
	content, err := utils.ReadFile("/proc/self/cgroup")
	if err != nil {
		return false, err
	}
	for line := range strings.Lines(content) {
		if name := path.Base(dir); strings.Contains(strings.TrimSpace(line)+"/", "/"+name+"/") {
			pids, err := processesIn(dir)
			return slices.Contains(pids, os.Getpid()), err
		}
	}
	return false, nil
}

// isThreaded is what the kernel says of the processes of a threaded cgroup.
func isThreaded(err error) bool { return errors.Is(err, unix.EOPNOTSUPP) }
