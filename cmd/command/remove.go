package command

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/overlay"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/users"
	"github.com/mydocker/mydocker/utils"
)

// RemoveTree removes a directory of a container. Where the caller is an ordinary user, files in
// it may belong to subordinate ids.
func RemoveTree(at *os.File, name string) error {
	err := overlay.RemoveTree(at, name)
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return RemoveInside(filepath.Join(at.Name(), name))
}

// RemoveInside removes a directory with files that belong to subordinate ids of the caller.
func RemoveInside(dir string) error {
	namespace, err := ownNamespace()
	if err != nil {
		return err
	}
	if remove := namespace.Remover(); remove != nil {
		return remove(dir)
	}
	return &fs.PathError{Op: "remove", Path: dir, Err: unix.EACCES}
}

// ownNamespace is the user namespace that containers of the caller have, nil for none.
func ownNamespace() (*users.UserNamespace, error) {
	privileged, err := utils.HasCapability(unix.CAP_SYS_ADMIN)
	if privileged || err != nil {
		return nil, err
	}
	return users.Resolve(&spec.UserNamespace{})
}
