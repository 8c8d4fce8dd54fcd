package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// OpenToChange opens a container for the caller alone. One that another process has is an
// *InUseError.
func OpenToChange(state, name string) (*Container, error) {
	c, err := open(state, name, toRemove())
	if err != nil {
		return nil, err
	}
	if c.Record, err = c.containers.read(c.ID); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Lock is the file by which the caller has the container. A child that inherits it has the
// container, too, until the last of them closes it.
func (c *Container) Lock() *os.File { return c.lock }

// HandOver closes the container and leaves the lock to who has inherited it.
func (c *Container) HandOver() error {
	return errors.Join(c.lock.Close(), c.Dir.Close(), c.containers.Close())
}

// Adopt opens a container whose lock the caller has inherited.
func Adopt(state, id string, lock *os.File) (*Container, error) {
	d, err := openDirectory(state)
	if err != nil {
		return nil, err
	}
	c, err := d.adopt(id, lock)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("container %s: %w", id, err), d.Close())
	}
	return c, nil
}

func (d *directory) adopt(id string, lock *os.File) (*Container, error) {
	if !utils.IsID(id) {
		return nil, errors.New("it is no id")
	}
	fd, err := utils.Retry(func() (int, error) {
		return unix.Openat(d.fd(), id, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: d.path(id), Err: err}
	}
	c := &Container{Record: Record{ID: id}, Dir: os.NewFile(uintptr(fd), d.path(id)), Path: d.path(id), containers: d, lock: lock}
	unix.CloseOnExec(int(lock.Fd()))
	if err = setLock(lock); err == nil {
		err = d.isStill(c)
	}
	if err == nil {
		err = d.isLockOf(c)
	}
	if err == nil {
		c.Record, err = d.read(id)
	}
	if err != nil {
		return nil, errors.Join(err, c.Dir.Close())
	}
	return c, nil
}

// setLock takes the lock, which the file's other owners have already.
func setLock(file *os.File) error {
	err := lock(file, unix.F_OFD_SETLK, unix.F_WRLCK)
	if err == unix.EAGAIN || err == unix.EACCES {
		return errors.New("another process has it")
	}
	return err
}

// isLockOf refuses a file that is not the container's lock.
func (d *directory) isLockOf(c *Container) error {
	var there, has unix.Stat_t
	err := unix.Fstatat(int(c.Dir.Fd()), lockName, &there, unix.AT_SYMLINK_NOFOLLOW)
	if err == nil {
		err = unix.Fstat(int(c.lock.Fd()), &has)
	}
	if err == nil && (there.Dev != has.Dev || there.Ino != has.Ino) {
		err = errors.New("what was inherited is not its lock")
	}
	return err
}

// Rename gives the container another name. The old one is free afterwards.
func (c *Container) Rename(name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	old := c.Name
	if old == name {
		return fmt.Errorf("container %s has the name %q already", c.ID, name)
	}
	d := c.containers
	if err := d.take(name, c.ID); err != nil {
		return err
	}
	c.Name = name
	if err := c.Save(); err != nil {
		c.Name = old
		return errors.Join(err, d.release(name, c.ID))
	}
	return d.release(old, c.ID)
}
