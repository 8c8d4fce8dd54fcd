// Package state keeps what stays of a container when it has ended. A container is a directory,
// STATE/containers/ID:
//
//	container.json   the Record
//	lock             locked while the container, or a command, uses the directory
//	spec.json        what a supervisor starts: SpecName, of package detached
//	control          the supervisor's socket: package session
//	log/             the output: package logs
//	health.json      the last checks of its health
//	supervisor.log   what the supervisor has to say
//	reserve          room for the record of the end: see Reserve
//	root             what was written to its root: upper and work, as overlayfs has it
//	volumes/N        what was written to a volume of its image, upper and work again
//
// STATE/containers/names has a symbolic link for each name, which leads to the id. A directory
// without a record is being made or removed, by who has it locked; otherwise it is what was left
// by who was killed meanwhile, and a later command removes it.
//
// Nothing in it says that the container runs: that is whether its run has the lock. A run has it
// alone (F_WRLCK); commands that only read share it. They are locks of open files (F_OFD_SETLK,
// fcntl(2)), and not those of flock(2): who lists containers asks about a lock, and never has one
// that is in somebody's way.
package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// Container is a container's directory, open and locked by the caller.
type Container struct {
	Record
	Dir *os.File
	// Path is the directory's.
	Path string

	containers *directory
	lock       *os.File
}

// Create makes the directory of a new container, and has it for the caller alone. A name that
// another container has is a *NameError.
func Create(state string, r *Record) (*Container, error) {
	if err := r.validate(r.ID); err != nil {
		return nil, fmt.Errorf("container %s: %w", r.ID, err)
	}
	containers, err := makeDirectory(state)
	if err != nil {
		return nil, fmt.Errorf("container %s: %w", r.ID, err)
	}
	c, err := containers.create(r.ID)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("container %s: %w", r.ID, err), containers.Close())
	}
	c.Record = *r
	if err = containers.take(r.Name, r.ID); err == nil {
		err = c.Save()
	}
	if err != nil {
		return nil, errors.Join(err, c.abandon(), c.Close())
	}
	return c, nil
}

// create makes a container's directory, with its lock. Who removes what others have left may
// take it for that, until it is locked.
func (d *directory) create(id string) (*Container, error) {
	for range 100 {
		if err := unix.Mkdirat(d.fd(), id, 0o700); err != nil {
			return nil, &fs.PathError{Op: "mkdir", Path: d.path(id), Err: err}
		}
		c, err := d.open(id, toMake())
		if err == nil || !isGone(err) {
			return c, err
		}
	}
	return nil, errors.New("its directory is removed again and again")
}

// abandon removes what Create has made, which is nothing but files of its own.
func (c *Container) abandon() error {
	d := c.containers
	removed, err := c.moveAside()
	errs := []error{err, d.release(c.Name, c.ID)}
	for _, name := range []string{recordNew, recordName, lockName} {
		errs = append(errs, utils.Ignore(unix.Unlinkat(int(c.Dir.Fd()), name, 0), unix.ENOENT))
	}
	errs = append(errs, utils.Ignore(unix.Unlinkat(d.fd(), removed, unix.AT_REMOVEDIR), unix.ENOENT))
	return errors.Join(errs...)
}

// Close gives the lock up. A child that is just being made has the file, too, until its execve:
// closing alone would not unlock it.
func (c *Container) Close() error {
	return errors.Join(unlock(c.lock), c.lock.Close(), c.Dir.Close(), c.containers.Close())
}

// directory is STATE/containers, open.
type directory struct{ file *os.File }

const containersName = "containers"

func (d *directory) fd() int { return int(d.file.Fd()) }

func (d *directory) path(names ...string) string {
	return filepath.Join(append([]string{d.file.Name()}, names...)...)
}

// Close closes it.
func (d *directory) Close() error { return d.file.Close() }

// makeDirectory opens the directory, and makes it where there is none. Others may pass through
// it: root of a user namespace has a container there.
func makeDirectory(state string) (*directory, error) {
	if state == "" {
		return nil, errors.New("there is no directory for containers that are kept: HOME is not set; MYDOCKER_STATE=DIR names one")
	}
	path := filepath.Join(state, containersName)
	err := os.MkdirAll(path, 0o711)
	if err == nil {
		err = os.Mkdir(filepath.Join(path, namesName), 0o700)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return openDirectory(state)
}

// openDirectory opens the directory. What is in it decides what is read with the caller's
// rights, so it is the caller's own, and nobody else can write to it.
func openDirectory(state string) (*directory, error) {
	file, err := utils.OpenOwnDir(filepath.Join(state, containersName), 0o711)
	if err != nil {
		return nil, err
	}
	return &directory{file}, nil
}
