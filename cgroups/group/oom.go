package group

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// WatchOOM returns a channel that gets a value each time that the kernel kills something in the
// container for want of memory. It ends with the process.
func (g *Group) WatchOOM() (<-chan struct{}, error) {
	version, dir := g.controller("memory")
	if dir == "" {
		return nil, errors.New("the container has no memory cgroup")
	}
	watch := watchV1
	if version == subsystems.V2 {
		watch = watchV2
	}
	told := make(chan struct{}, 1)
	await, err := watch(dir)
	if err != nil {
		return nil, err
	}
	go func() {
		for await() == nil {
			told <- struct{}{}
		}
	}()
	return told, nil
}

// watchV1 is told by an eventfd (Documentation/admin-guide/cgroup-v1/memory.rst, "OOM Control"), also when
// the cgroup is removed. The kernel keeps the file open that it is about.
func watchV1(dir string) (await func() error, err error) {
	event, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("eventfd: %w", err)
	}
	file := dir + "/memory.oom_control"
	control, err := utils.Open(file, unix.O_RDONLY)
	if err != nil {
		return nil, errors.Join(pathError("open", file, err), unix.Close(event))
	}
	if err := utils.WriteFile(dir+"/cgroup.event_control", fmt.Sprintf("%d %d", event, control)); err != nil {
		return nil, errors.Join(err, unix.Close(control), unix.Close(event))
	}
	return func() error {
		var count [8]byte
		if _, err := utils.Retry(func() (int, error) { return unix.Read(event, count[:]) }); err != nil {
			return err
		}
		return unix.Access(dir, unix.F_OK)
	}, unix.Close(control)
}

// watchV2 polls memory.events, which the kernel tells of with POLLPRI.
func watchV2(dir string) (await func() error, err error) {
	file := dir + "/memory.events"
	fd, err := utils.Open(file, unix.O_RDONLY)
	if err != nil {
		return nil, pathError("open", file, err)
	}
	before, err := oomKills(fd)
	return func() error {
		for {
			poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLPRI}}
			if _, err := utils.Retry(func() (int, error) { return unix.Poll(poll, -1) }); err != nil {
				return err
			}
			now, err := oomKills(fd)
			if err != nil {
				return err
			}
			if now != before {
				before = now
				return nil
			}
		}
	}, err
}

func oomKills(fd int) (string, error) {
	content := make([]byte, 1024)
	n, err := utils.Retry(func() (int, error) { return unix.Pread(fd, content, 0) })
	return eventOf(string(content[:max(n, 0)]), "oom_kill"), err
}
