package cgroups

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// lock is an flock(2) on the directory of a container's cgroup in one tree,
// held for as long as its mydocker lives. The kernel drops it when that process
// ends, however it ends, so a cgroup that nobody has locked is a leftover.
//
// No container is taken for a leftover while it is being created, although
// mkdir and flock are two steps: whoever removes a cgroup holds its lock while
// doing so, and whoever creates one looks, once it has the lock, whether the
// directory is still the one it made. If the remover came first, it is not,
// and the creation starts again; if the creator came first, the remover does
// not get the lock.
type lock int

const unlocked lock = -1

// acquire waits for the lock of the cgroup at dir and reports whether the
// directory is still there.
func (l *lock) acquire(dir string) (bool, error) {
	fd, err := utils.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY)
	if err == unix.ENOENT {
		return false, nil
	}
	if err != nil {
		return false, &os.PathError{Op: "open", Path: dir, Err: err}
	}
	*l = lock(fd)
	if _, err := utils.Retry(func() (int, error) { return 0, unix.Flock(fd, unix.LOCK_EX) }); err != nil {
		return false, fmt.Errorf("flock %s: %w", dir, err)
	}
	if sameFile(fd, dir) {
		return true, nil
	}
	return false, l.release()
}

// tryAcquire is acquire for a remover: it does not wait, and false means that
// the container lives or is gone already.
func (l *lock) tryAcquire(dir string) (bool, error) {
	fd, err := utils.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return false, ignore(err, unix.ENOENT)
	}
	*l = lock(fd)
	err = unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB)
	if err == nil && sameFile(fd, dir) {
		return true, nil
	}
	if releaseErr := l.release(); releaseErr != nil {
		return false, releaseErr
	}
	return false, ignore(err, unix.EWOULDBLOCK)
}

func (l *lock) release() error {
	if *l == unlocked {
		return nil
	}
	fd := int(*l)
	*l = unlocked
	return unix.Close(fd)
}

func ignore(err, expected error) error {
	if err == expected {
		return nil
	}
	return err
}

// sameFile reports whether path still names the open directory fd.
func sameFile(fd int, path string) bool {
	var open, named unix.Stat_t
	return unix.Fstat(fd, &open) == nil && unix.Stat(path, &named) == nil && open.Ino == named.Ino
}
