package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

const namesName = "names"

// NameError says that another container has a name.
type NameError struct{ Name, ID string }

func (e *NameError) Error() string {
	return fmt.Sprintf("the container name %q is already in use by container %s (mydocker rm %s removes it)", e.Name, e.ID, e.Name)
}

// checkName refuses what cannot be the name of a container.
func checkName(name string) error {
	const (
		most  = 128
		first = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	)
	switch {
	case len(name) < 2 || len(name) > most:
		return fmt.Errorf("container name %q: it has 2 to %d characters", utils.Shortened(name), most)
	case !isOf(name[:1], first) || !isOf(name, first+"_.-"):
		return fmt.Errorf("container name %q: only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed", utils.Shortened(name))
	}
	return nil
}

// isOf reports whether a text has no other characters than these.
func isOf(text, characters string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return !strings.ContainsRune(characters, r) }) < 0
}

// take gives a name to a container, unless another one has it.
func (d *directory) take(name, id string) error {
	if name == "" {
		return nil
	}
	path := namesName + "/" + name
	for range 100 {
		err := unix.Symlinkat(id, d.fd(), path)
		if err != unix.EEXIST {
			if err != nil {
				err = &fs.PathError{Op: "symlink", Path: d.path(path), Err: err}
			}
			return err
		}
		if err := d.freeName(name); err != nil {
			return err
		}
	}
	return fmt.Errorf("container name %q: others take it again and again", name)
}

// freeName takes a name from a container that is gone. Who takes or gives up a name that is
// there locks the directory meanwhile, for a moment.
func (d *directory) freeName(name string) error {
	return d.withNames(func(names int) error {
		id, err := d.named(name)
		if err != nil || id == "" {
			return err
		}
		if there, err := d.isNamed(id, name); err != nil || there {
			return errors.Join(err, &NameError{name, id})
		}
		return utils.Ignore(unix.Unlinkat(names, name, 0), unix.ENOENT)
	})
}

// isNamed reports whether a container has a name, or is just getting it. Who was killed while a
// container got another name has left it with two.
func (d *directory) isNamed(id, name string) (bool, error) {
	there, err := d.has(id)
	if err != nil || !there {
		return there, err
	}
	if inUse, err := d.isRunning(id); err != nil || inUse {
		return true, err
	}
	r, err := d.read(id)
	return err != nil || r.Name == name, utils.Ignore(err, fs.ErrNotExist)
}

// has reports whether there is a container, or one that is just being made. What somebody has
// left who was killed then is none, and goes.
func (d *directory) has(id string) (bool, error) {
	if _, err := d.read(id); !errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	gone, err := d.clear(id)
	return !gone, err
}

// release takes the name from a container that is removed.
func (d *directory) release(name, id string) error {
	if name == "" {
		return nil
	}
	return d.withNames(func(names int) error {
		if has, err := d.named(name); err != nil || has != id {
			return err
		}
		return utils.Ignore(unix.Unlinkat(names, name, 0), unix.ENOENT)
	})
}

// named is the id of the container that has a name, "" for none.
func (d *directory) named(name string) (string, error) {
	path := namesName + "/" + name
	target := make([]byte, 64)
	n, err := unix.Readlinkat(d.fd(), path, target)
	if err == unix.ENOENT {
		return "", nil
	}
	if err == nil && !utils.IsID(string(target[:n])) {
		err = fmt.Errorf("it leads to %q", target[:n])
	}
	if err != nil {
		return "", &fs.PathError{Op: "readlink", Path: d.path(path), Err: err}
	}
	return string(target[:n]), nil
}

// withNames does something to names that are there, while nobody else does.
func (d *directory) withNames(do func(names int) error) error {
	path := d.path(namesName)
	fd, err := utils.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW)
	if err != nil {
		return &fs.PathError{Op: "open", Path: path, Err: err}
	}
	names := os.NewFile(uintptr(fd), path)
	if err = utils.Flock(fd, unix.LOCK_EX); err == nil {
		err = errors.Join(do(fd), utils.Flock(fd, unix.LOCK_UN))
	}
	return errors.Join(err, names.Close())
}
