package running

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// Listed is a container in a list.
type Listed struct {
	Record
	// Command is what init was told to execute, Since when its record was made.
	Command []string
	Since   time.Time
}

// List lists the containers that run, but for those that are just being made, or that another
// version of mydocker runs. Where a record cannot be read the error names it, and the others are
// there.
func List() (all []Listed, err error) {
	d, err := open(false)
	if errors.Is(err, errNoDirectory) {
		return nil, nil
	}
	if err != nil {
		return nil, utils.Ignore(err, unix.ENOENT)
	}
	names, err := d.names(0)
	errs := []error{err}
	for _, name := range names {
		listed, err := d.look(name)
		if err != nil && !errors.Is(err, errOther) {
			errs = append(errs, fmt.Errorf("%s: %w", filepath.Join(d.path, name), err))
		} else if listed != nil {
			all = append(all, *listed)
		}
	}
	return all, errors.Join(append(errs, unix.Close(d.fd))...)
}

// look is what a list says of a container, nil of one that does not run.
func (d *directory) look(name string) (*Listed, error) {
	fd, live, err := d.openFile(name)
	if err == unix.ENOENT {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var stat unix.Stat_t
	err = unix.Fstat(fd, &stat)
	isReady := stat.Mode&0o777 == ready
	var content []byte
	if err == nil && live && isReady {
		content, err = utils.ReadOpen(fd, maxContent)
	}
	if err = errors.Join(err, unix.Close(fd)); err != nil || !live || !isReady {
		return nil, err
	}
	r, err := parse(name, content)
	if err != nil {
		return nil, err
	}
	message, err := wire.Decode(r.Message)
	if err != nil {
		return nil, err
	}
	return &Listed{Record: *r, Command: message.Args, Since: time.Unix(stat.Mtim.Unix())}, nil
}
