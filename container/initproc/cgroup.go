package initproc

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// StartIn has the kernel put the process into the v2 cgroup at dir, if there is one, by
// CLONE_INTO_CGROUP (Linux 5.7): start gets a descriptor of it, or -1. An older kernel, or a seccomp
// filter that does not know clone3, leaves the slow way: it is moved there, while it waits for its
// message. A process that there is already is not started again, whatever else failed.
func (p *ParentProcess) StartIn(dir string, start func(cgroup int) error, move func(pid int) error) error {
	if dir == "" {
		return start(-1)
	}
	fd, err := utils.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return &os.PathError{Op: "open", Path: dir, Err: err}
	}
	err = start(fd)
	if p.pid == 0 && lacksIntoCgroup(err) {
		if err = start(-1); err == nil {
			err = move(p.pid)
		}
	}
	return errors.Join(err, unix.Close(fd))
}

// lacksIntoCgroup reports whether err may mean that clone3 is not known, or does not
// know CLONE_INTO_CGROUP.
func lacksIntoCgroup(err error) bool {
	return errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.E2BIG) || errors.Is(err, unix.EPERM)
}
