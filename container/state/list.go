package state

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// Listed is a container in a list.
type Listed struct {
	Record
	Path    string
	Running bool
}

// List lists all containers, those that were made last first. Running says of each whether it
// runs. Where records are damaged the error names them, and the others are there.
func List(state string) ([]Listed, error) {
	d, err := openDirectory(state)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	ids, err := d.ids()
	errs := []error{err}
	var all []Listed
	for _, id := range ids {
		listed, err := d.look(id)
		if err == nil {
			all = append(all, listed)
		}
		errs = append(errs, utils.Ignore(err, fs.ErrNotExist))
	}
	slices.SortFunc(all, func(a, b Listed) int {
		if order := b.Created.Compare(a.Created); order != 0 {
			return order
		}
		return strings.Compare(a.ID, b.ID)
	})
	return all, errors.Join(append(errs, d.Close())...)
}

// Find is what a list says of one container, which also may run.
func Find(state, name string) (Listed, error) {
	d, err := openDirectory(state)
	if errors.Is(err, fs.ErrNotExist) {
		return Listed{}, &NotFoundError{name}
	}
	if err != nil {
		return Listed{}, err
	}
	id, err := d.find(name)
	var l Listed
	if err == nil {
		l, err = d.look(id)
	}
	if isGone(err) {
		err = &NotFoundError{name}
	}
	return l, errors.Join(err, d.Close())
}

// look is what a list says of a container. First it is asked whether it runs: one that ends
// meanwhile is listed as running, and never as one that ended without saying how.
func (d *directory) look(id string) (l Listed, err error) {
	l.Path = d.path(id)
	if l.Running, err = d.isRunning(id); err != nil {
		return l, err
	}
	l.Record, err = d.read(id)
	return l, err
}

func (d *directory) isRunning(id string) (bool, error) {
	fd, err := utils.Retry(func() (int, error) {
		return unix.Openat(d.fd(), id+"/"+lockName, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	})
	if err == unix.ENOENT {
		return false, nil
	}
	if err != nil {
		return false, &fs.PathError{Op: "open", Path: d.path(id, lockName), Err: err}
	}
	file := os.NewFile(uintptr(fd), lockName)
	running, err := isLocked(file)
	return running, errors.Join(err, file.Close())
}

// ids are the names of all directories of containers, sorted.
func (d *directory) ids() ([]string, error) {
	entries, err := os.ReadDir(d.path())
	var ids []string
	for _, e := range entries {
		if utils.IsID(e.Name()) {
			ids = append(ids, e.Name())
		}
	}
	return ids, err
}
