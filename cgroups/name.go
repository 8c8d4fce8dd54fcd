package cgroups

import (
	"errors"
	"fmt"
	"os"
	"path"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// NameError says that another container has the name. The ID is "" while that container
// is still being made.
type NameError struct{ Name, ID string }

func (e *NameError) Error() string {
	if e.ID == "" {
		return fmt.Sprintf("the name %q is in use by another container", e.Name)
	}
	return fmt.Sprintf("the name %q is in use by container %s", e.Name, e.ID)
}

// namesCgroup is the cgroup, below the parent, whose lock file keeps the names. It holds
// no process, and is there while there are containers with names. Its mode keeps out
// all but its owner.
const namesCgroup = "mydocker-names"

// Claim gives the container a name that no other live one below the same parent
// has; it returns *NameError where one has. A name stands for a byte of the lock file of
// namesCgroup. The process that has locked the byte has the name, for as long as it lives.
// So no claim waits for another one, and the name of a killed run is free at once.
//
// The name is also an extended attribute of the container's cgroups.
func (m *CgroupManager) Claim(name string) error {
	if len(m.trees) == 0 {
		return errors.New("a name needs a cgroup, and there is none to be had (mydocker doctor tells what helps); with --image and --rm=false it needs none")
	}
	cleared := false
	for limit := (waitLimit{}); ; {
		err := m.tryClaim(name)
		var taken *NameError
		switch {
		case err == nil, !errors.As(err, &taken) && !errors.Is(err, errHeld):
			return err
		case !cleared: // a process that a killed run has left may hold the name, or all
			cleared = true
			if clearErr := m.ClearLeftovers(); clearErr != nil {
				return errors.Join(err, clearErr)
			}
		case taken != nil && len(m.dying) == 0, !limit.pause(lockPause):
			return err
		}
	}
}

var errHeld = errors.New("somebody else holds it")

// tryClaim claims the name in each tree in which the container does not have it.
func (m *CgroupManager) tryClaim(name string) error {
	for _, t := range m.trees {
		if t.nameLock != unlocked {
			continue
		}
		got, err := t.tryClaim(name)
		if err == nil && !got {
			err = fmt.Errorf("lock %s: %w", t.namesFile(), errHeld)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// tryClaim reports false where somebody else removes namesCgroup meanwhile.
func (t *tree) tryClaim(name string) (bool, error) {
	err := t.openNames()
	if err != nil || t.nameLock == unlocked {
		return false, err
	}
	got, err := t.nameLock.tryRange(byteOf(name), 1)
	if got && t.nameLock.isAt(t.namesFile()) {
		if err := unix.Setxattr(t.dir(), t.nameAttribute(), []byte(name), 0); err != nil {
			return false, fmt.Errorf("setxattr %s %s=%s: %w", t.dir(), t.nameAttribute(), name, err)
		}
		return true, nil
	}
	if !got && err == nil && !t.nameLock.isBeingRemoved() {
		err = &NameError{name, t.holderOf(name)}
	}
	return false, errors.Join(err, t.nameLock.release())
}

// namesFile is the file that keeps the names below the parent of the container.
func (t *tree) namesFile() string {
	return t.Dir(path.Join(t.parent(), namesCgroup)) + "/" + lockFile(t.Version)
}

// openNames opens it, and makes the cgroup where it is missing.
func (t *tree) openNames() error {
	dir := path.Dir(t.namesFile())
	err := t.mkdir(dir, makingMode, whyNames)
	if err != nil && !errors.Is(err, unix.EEXIST) {
		return err
	}
	fd, err := utils.Open(t.namesFile(), unix.O_RDWR)
	if utils.Gone(err) {
		return nil
	}
	if err != nil {
		return &os.PathError{Op: "open", Path: t.namesFile(), Err: err}
	}
	t.nameLock = lock(fd)
	if !isBeingMade(dir, 0) && t.nameLock.isAt(t.namesFile()) {
		return errors.Join(fmt.Errorf("%s is not mydocker's", dir), t.nameLock.release())
	}
	return nil
}

// removeNames removes namesCgroup if no name is in use. Who has locked all of its bytes
// may do so.
func (t *tree) removeNames() error {
	if t.nameLock == unlocked {
		fd, err := utils.Open(t.namesFile(), unix.O_RDWR)
		if err != nil {
			return nil // it is gone, or not for this user to remove
		}
		t.nameLock = lock(fd)
	}
	got, err := t.nameLock.tryRange(0, 0)
	if got && t.nameLock.isAt(t.namesFile()) && isBeingMade(path.Dir(t.namesFile()), 0) {
		if err = unix.Rmdir(path.Dir(t.namesFile())); err == nil {
			t.manager.changed(Remove, path.Dir(t.namesFile()), "", whyUnused)
		}
		err = utils.Ignore(err, unix.EBUSY)
	}
	return errors.Join(err, t.nameLock.release())
}

// byteOf is the offset of a name in the file, from 1 on: its FNV-1a hash. No two names
// that somebody would give have the same.
func byteOf(name string) int64 {
	hash := uint64(14695981039346656037)
	for _, b := range []byte(name) {
		hash = (hash ^ uint64(b)) * 1099511628211
	}
	return int64(hash>>2) + 1
}

// tryRange takes a lock of a part of the file, or all of it if length is 0, if nobody
// has one there. It belongs to the open file, not to the process (Linux 3.15).
func (l lock) tryRange(start, length int64) (bool, error) {
	err := unix.FcntlFlock(uintptr(l), unix.F_OFD_SETLK, &unix.Flock_t{Type: unix.F_WRLCK, Start: start, Len: length})
	return err == nil, utils.Ignore(err, unix.EAGAIN)
}

// isBeingRemoved reports whether somebody has locked all of the file.
func (l lock) isBeingRemoved() bool {
	first := unix.Flock_t{Type: unix.F_WRLCK, Len: 1}
	err := unix.FcntlFlock(uintptr(l), unix.F_OFD_GETLK, &first)
	return err == nil && first.Type != unix.F_UNLCK
}

// holderOf finds the live container that has the name.
func (t *tree) holderOf(name string) string {
	siblings, err := subdirectories(t.Dir(t.parent()))
	if err != nil {
		return ""
	}
	value := make([]byte, len(name)+1)
	for _, id := range siblings {
		n, err := unix.Getxattr(t.Dir(t.sibling(id)), t.nameAttribute(), value)
		if err != nil || string(value[:n]) != name || id == t.manager.id {
			continue // a longer name is ERANGE
		}
		held := unlocked
		if ours, err := held.open(t.lockFileOf(id)); err != nil || !ours {
			continue
		}
		free, err := held.try()
		if errors.Join(err, held.release()) == nil && !free {
			return id
		}
	}
	return ""
}

// nameAttribute is a kind of attribute that the hierarchy has: v2 since Linux
// 5.7, and to users that a cgroup is delegated to; v1 only to root.
func (t *tree) nameAttribute() string {
	if t.Version == subsystems.V2 {
		return "user.mydocker.name"
	}
	return "trusted.mydocker.name"
}
