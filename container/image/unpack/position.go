package unpack

import (
	"errors"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// position is a directory below the root, open with all those on the way to it. Archives
// name what is in a directory one after the other, so most steps are short.
type position struct {
	root  int
	names []string // none is a symbolic link
	fds   []int
}

func (p *position) fd() int {
	if len(p.fds) == 0 {
		return p.root
	}
	return p.fds[len(p.fds)-1]
}

// leave goes up to a depth.
func (p *position) leave(depth int) error {
	var errs []error
	for _, fd := range p.fds[depth:] {
		errs = append(errs, unix.Close(fd))
	}
	p.names, p.fds = p.names[:depth], p.fds[:depth]
	return errors.Join(errs...)
}

// up goes to the parent; that of the root is the root.
func (p *position) up() error { return p.leave(max(len(p.fds)-1, 0)) }

// enter goes to a directory in this one. One that is a symbolic link is unix.ENOTDIR.
func (p *position) enter(name string) error {
	if len(p.fds) == maxDepth {
		return errDeep
	}
	fd, err := openAt(p.fd(), name, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err == unix.ELOOP {
		err = unix.ENOTDIR
	}
	if err != nil {
		return err
	}
	p.names, p.fds = append(p.names, name), append(p.fds, fd)
	return nil
}

// back goes up as far as is needed to get to path, of which it returns the rest.
func (p *position) back(path []string) (rest []string, err error) {
	n := 0
	for n < len(path) && n < len(p.names) && path[n] == p.names[n] {
		n++
	}
	return path[n:], p.leave(n)
}

// move goes to a directory that is there, without symbolic links.
func (p *position) move(path []string) error {
	rest, err := p.back(path)
	for _, name := range rest {
		if err == nil {
			err = p.enter(name)
		}
	}
	return err
}

// openAt opens a name of a directory, never what a symbolic link points to.
func openAt(dir int, name string, flags int, mode uint32) (int, error) {
	return utils.Retry(func() (int, error) {
		return unix.Openat(dir, name, flags|unix.O_NOFOLLOW|unix.O_CLOEXEC|unix.O_NONBLOCK|unix.O_NOCTTY, mode)
	})
}
