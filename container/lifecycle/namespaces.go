package lifecycle

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// openNamespaces opens those that a container enters, and makes sure of their kinds: the kernel
// would refuse a wrong one, but not say which.
func openNamespaces(joins []join) (files []*os.File, err error) {
	for _, join := range joins {
		file, err := join.open()
		if err != nil {
			for _, open := range files {
				err = errors.Join(err, open.Close())
			}
			return nil, fmt.Errorf("%s namespace: %w", join.Type, err)
		}
		files = append(files, file)
	}
	return files, nil
}

func (n *join) open() (*os.File, error) {
	fd, err := utils.Open(n.Path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: n.Path, Err: err}
	}
	kind, err := unix.IoctlRetInt(fd, unix.NS_GET_NSTYPE) // Linux 4.11
	if err != nil {
		err = fmt.Errorf("%s is no namespace: %w", n.Path, err)
	} else if kind != n.flag {
		err = fmt.Errorf("%s is a namespace of another kind", n.Path)
	}
	if err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	return os.NewFile(uintptr(fd), n.Path), nil
}
