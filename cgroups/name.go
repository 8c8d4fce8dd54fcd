package cgroups

import (
	"errors"
	"fmt"
	"path"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// NameError says that another container has the name.
type NameError struct{ Name, ID string }

func (e *NameError) Error() string {
	return fmt.Sprintf("the name %q is in use by container %s", e.Name, e.ID)
}

const (
	// claimAttempts and the pause between them bound the wait for others who
	// claim a name below the same parent, each for about a millisecond.
	claimAttempts = 2000
	claimPause    = 5 * time.Millisecond
	// goneAttempts do so for the removal of a leftover that has the name: who
	// removes it holds its lock, as a live container would.
	goneAttempts = 40
)

// Claim gives the container a name that no other live one below the same parent
// has; it returns *NameError where one has. The name is an extended attribute of
// the container's cgroups, so it goes with them, and it holds for as long as
// they are locked: one that a killed run left is free.
func (m *CgroupManager) Claim(name string) error {
	if len(m.trees) == 0 {
		return errors.New("there is no cgroup to keep a name")
	}
	for _, t := range m.trees {
		if err := t.claim(t.cgroup, name); err != nil {
			return err
		}
	}
	return nil
}

// claim is one at a time: it holds the lock of the parent, which nobody else
// uses, and which cannot be removed while there is a cgroup in it.
func (t *tree) claim(cgroup, name string) error {
	parent, gate := path.Dir(cgroup), unlocked
	for range claimAttempts {
		open, err := gate.tryAcquire(t.Dir(parent))
		if err != nil {
			return err
		}
		if open {
			return errors.Join(t.setName(cgroup, name), gate.release())
		}
		time.Sleep(claimPause)
	}
	return fmt.Errorf("flock %s: somebody else has it locked", t.Dir(parent))
}

func (t *tree) setName(cgroup, name string) error {
	parent := path.Dir(cgroup)
	siblings, err := subdirectories(t.Dir(parent))
	if err != nil {
		return err
	}
	for _, id := range siblings {
		if !utils.IsID(id) || id == path.Base(cgroup) {
			continue
		}
		held, err := t.holds(path.Join(parent, id), name)
		if err != nil {
			return err
		}
		if held {
			return &NameError{name, id}
		}
	}
	if err := unix.Setxattr(t.Dir(cgroup), t.nameAttribute(), []byte(name), 0); err != nil {
		return fmt.Errorf("setxattr %s %s=%s: %w", t.Dir(cgroup), t.nameAttribute(), name, err)
	}
	return nil
}

// holds reports whether a cgroup has the name, and a live container.
func (t *tree) holds(cgroup, name string) (bool, error) {
	for range goneAttempts {
		value := make([]byte, len(name)+1)
		n, err := unix.Getxattr(t.Dir(cgroup), t.nameAttribute(), value)
		if err != nil || string(value[:n]) != name {
			return false, nil // a longer name is ERANGE
		}
		held := unlocked
		dead, err := held.tryAcquire(t.Dir(cgroup))
		if err != nil || dead {
			return false, errors.Join(err, held.release())
		}
		time.Sleep(claimPause)
	}
	return true, nil
}

// nameAttribute is a kind of attribute that the hierarchy has: v2 since Linux
// 5.7, and to users that a cgroup is delegated to; v1 only to root.
func (t *tree) nameAttribute() string {
	if t.Version == subsystems.V2 {
		return "user.mydocker.name"
	}
	return "trusted.mydocker.name"
}
