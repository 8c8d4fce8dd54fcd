package state

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// NotFoundError says that there is no container of that name or id.
type NotFoundError struct{ Name string }

func (e *NotFoundError) Error() string { return "No such container: " + utils.Shortened(e.Name) }

// Open finds a container by its name, its id or the beginning of one, to read what it has
// written. One that runs is an *InUseError.
func Open(state, name string) (*Container, error) {
	c, err := open(state, name, toRead())
	if err != nil {
		return nil, err
	}
	if c.Record, err = c.containers.read(c.ID); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// OpenToRemove opens a container for the caller alone, also one whose record is damaged. Of its
// Record, only the ID is sure to be there.
func OpenToRemove(state, name string) (*Container, error) {
	c, err := open(state, name, toRemove())
	if err != nil {
		return nil, err
	}
	if r, err := c.containers.read(c.ID); err == nil {
		c.Record = r
	}
	return c, nil
}

// FindToRemove is Find, also for a container whose record is damaged. Of that only the ID, the path, and whether
// somebody has it are known.
func FindToRemove(state, name string) (Listed, error) {
	l, err := Find(state, name)
	if damaged := (*DamagedError)(nil); errors.As(err, &damaged) {
		l.ID, err = filepath.Base(l.Path), nil
	}
	return l, err
}

// OpenRunning opens a container that somebody else has alone. It may go on, end, and be removed
// meanwhile.
func OpenRunning(state, name string) (*Container, error) {
	c, err := open(state, name, asItIs())
	if err != nil {
		return nil, err
	}
	if c.Record, err = c.containers.read(c.ID); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func open(state, name string, as access) (*Container, error) {
	d, err := openDirectory(state)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &NotFoundError{name}
	}
	if err != nil {
		return nil, err
	}
	id, err := d.find(name)
	var c *Container
	if err == nil {
		c, err = d.open(id, as)
	}
	if isGone(err) {
		err = &NotFoundError{name}
	}
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return c, nil
}

// find is the id of the container with a name, an id or the beginning of one.
func (d *directory) find(name string) (string, error) {
	if utils.IsID(name) && d.isMade(name) {
		return name, nil
	}
	if checkName(name) == nil {
		if id, err := d.named(name); err != nil || id != "" && d.isMade(id) {
			return id, err
		}
	}
	if name == "" || !isOf(name, "0123456789abcdef") {
		return "", &NotFoundError{name}
	}
	ids, err := d.ids()
	if err != nil {
		return "", err
	}
	found := ""
	for _, id := range ids {
		if !strings.HasPrefix(id, name) || !d.isMade(id) {
			continue
		}
		if found != "" {
			return "", fmt.Errorf("%s is not the id of one container alone: say more of it", utils.Shortened(name))
		}
		found = id
	}
	if found == "" {
		return "", &NotFoundError{name}
	}
	return found, nil
}

// isMade reports whether a container has a record, whatever that says.
func (d *directory) isMade(id string) bool {
	var stat unix.Stat_t
	return unix.Fstatat(d.fd(), id+"/"+recordName, &stat, unix.AT_SYMLINK_NOFOLLOW) == nil
}
