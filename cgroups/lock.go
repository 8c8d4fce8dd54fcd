package cgroups

import (
	"fmt"
	"os"
	"path"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// lock tells a live container from a leftover. It is held on a file of the
// container's cgroup for as long as its mydocker lives. The kernel drops it when that
// process ends, however it ends, so a cgroup that nobody has locked is a leftover.
//
// No container is taken for a leftover while it is being created, although
// mkdir and flock are two steps: whoever removes a cgroup holds its lock while
// doing so, and whoever creates one looks, once it has the lock, whether the
// directory is still there. If the remover came first, it is not, and the creation
// starts again; if the creator came first, the remover does not get the lock.
//
// Another user cannot take it: flock(2) needs a descriptor, and nobody but the
// owner can open the file. The cgroup is made with makingMode, which keeps all
// others out until the file has lockMode.
//
// The creator also takes a lock of fcntl(2) there. It says no more than the first,
// but the kernel tells whose it is (F_GETLK): see usurped.
type lock int

const (
	// unlocked is no lock's descriptor: the Go runtime keeps 0 to 2 open.
	unlocked lock = 0
	// lockMode is the mode of a lock file that a creator has locked. The file has it
	// in no other cgroup, so it also tells that a container of mydocker's is there.
	lockMode = 0o600
	// readyMode is the mode of a container's cgroup: its figures are for all to read.
	readyMode = 0o755
	// makingTime is how long a creator may take from the mkdir to the lock. Before that
	// nobody looks whether it was killed meanwhile, which would cost it the cgroup.
	makingTime = 10 * time.Second
	lockPause  = time.Millisecond
)

// lockFile is a file that each cgroup of this version has. Nothing else in mydocker
// may open that of its own container: when a process closes any descriptor of a
// file, the kernel drops its locks of fcntl(2) there.
func lockFile(version subsystems.Version) string {
	if version == subsystems.V2 {
		return "cgroup.subtree_control"
	}
	return "notify_on_release"
}

// own takes the lock of the cgroup that was just made, of which file is the lock
// file, and opens the cgroup to all. It reports whether the cgroup is still there.
func (l *lock) own(file string) (bool, error) {
	fd, err := utils.Open(file, unix.O_RDWR)
	if utils.Gone(err) {
		return false, nil
	}
	if err != nil {
		return false, &os.PathError{Op: "open", Path: file, Err: err}
	}
	*l = lock(fd)
	if err := l.wait(file); err != nil {
		return false, err
	}
	err = unix.FcntlFlock(uintptr(fd), unix.F_SETLK, &unix.Flock_t{Type: unix.F_WRLCK})
	if err != nil {
		return false, fmt.Errorf("lock %s: %w", file, err)
	}
	if err = unix.Fchmod(fd, lockMode); err == nil {
		err = unix.Chmod(path.Dir(file), readyMode)
	}
	if err == nil {
		return true, nil
	}
	if utils.Gone(err) {
		return false, l.release()
	}
	return false, &os.PathError{Op: "chmod", Path: file, Err: err}
}

// wait takes the lock when it is free. A remover that takes a new cgroup for a leftover
// is done within microseconds.
func (l *lock) wait(file string) error {
	for limit := (waitLimit{}); ; {
		free, err := l.try()
		if err != nil {
			return fmt.Errorf("flock %s: %w", file, err)
		}
		if free {
			return nil
		}
		if !limit.pause(lockPause) {
			return fmt.Errorf("flock %s: somebody else holds it", file)
		}
	}
}

// open opens the lock file of a container that is there, and made by mydocker.
func (l *lock) open(file string) (ours bool, err error) {
	fd, err := utils.Open(file, unix.O_RDWR)
	switch err {
	case nil:
	case unix.ENOENT, unix.ENODEV, unix.EACCES, unix.EPERM, unix.EROFS:
		return false, nil // gone, or not for this user to remove
	default:
		return false, &os.PathError{Op: "open", Path: file, Err: err}
	}
	*l = lock(fd)
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return false, &os.PathError{Op: "stat", Path: file, Err: err}
	}
	if stat.Mode&0o7777 == lockMode || isBeingMade(path.Dir(file), makingTime) {
		return true, nil
	}
	return false, l.release()
}

// lockFileOf is the lock file of the container called name beside this one.
func (t *tree) lockFileOf(name string) string {
	return t.Dir(t.sibling(name)) + "/" + lockFile(t.Version)
}

// isBeingMade reports whether a creator has made the cgroup and not locked it, for so
// long at least, or since it was first seen.
func isBeingMade(dir string, since time.Duration) bool {
	var stat unix.Stat_t
	return unix.Stat(dir, &stat) == nil && stat.Mode&0o7777 == makingMode && time.Since(time.Unix(stat.Mtim.Unix())) >= since
}

// isContainer reports whether the cgroup at dir is that of a container of mydocker's.
func isContainer(dir string, version subsystems.Version) bool {
	var stat unix.Stat_t
	return unix.Stat(dir+"/"+lockFile(version), &stat) == nil && stat.Mode&0o7777 == lockMode || isBeingMade(dir, 0)
}

// try takes the lock if nobody has it.
func (l lock) try() (bool, error) {
	err := utils.Flock(int(l), unix.LOCK_EX|unix.LOCK_NB)
	return err == nil, utils.Ignore(err, unix.EWOULDBLOCK)
}

// isAt reports whether the file is still the one that was opened: it may have been
// removed since, and made anew.
func (l lock) isAt(file string) bool {
	var open, named unix.Stat_t
	return unix.Fstat(int(l), &open) == nil && unix.Stat(file, &named) == nil && open.Ino == named.Ino
}

func (l *lock) release() error {
	if *l == unlocked {
		return nil
	}
	fd := int(*l)
	*l = unlocked
	return unix.Close(fd)
}
