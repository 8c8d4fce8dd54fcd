package lifecycle

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// Namespace is one of a container's: a new one, or that of a path.
type Namespace struct {
	Type specs.LinuxNamespaceType
	Path string
}

// Namespaces are those that a container does not share with its caller, one of a kind.
type Namespaces []Namespace

// Find is the one of a kind.
func (n Namespaces) Find(kind specs.LinuxNamespaceType) (found Namespace, has bool) {
	at := slices.IndexFunc(n, func(other Namespace) bool { return other.Type == kind })
	if at < 0 {
		return Namespace{}, false
	}
	return n[at], true
}

// Has reports whether there is one of a kind.
func (n Namespaces) Has(kind specs.LinuxNamespaceType) bool {
	_, has := n.Find(kind)
	return has
}

// IsNew reports whether there is a new one of a kind.
func (n Namespaces) IsNew(kind specs.LinuxNamespaceType) bool {
	found, has := n.Find(kind)
	return has && found.Path == ""
}

// flags are the flags of clone(2) for all of them: those which a process joins to be in the container.
func (n Namespaces) flags() (flags uintptr, err error) {
	for _, namespace := range n {
		flag, err := flagOf(namespace.Type)
		if err != nil {
			return 0, err
		}
		flags |= uintptr(flag)
	}
	return flags, nil
}

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

// mayEnter reports whether the caller may enter any namespace of its user namespace, and of those
// below (setns(2); a mount namespace needs both capabilities).
func mayEnter() (bool, error) {
	for _, capability := range []int{unix.CAP_SYS_ADMIN, unix.CAP_SYS_CHROOT} {
		if has, err := utils.HasCapability(capability); err != nil || !has {
			return false, err
		}
	}
	return true, nil
}
