package container

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mydocker/mydocker/container/overlay"
	"github.com/mydocker/mydocker/container/users"
)

// RemoveTree removes a directory of a container, or of its volumes. Where the caller is an ordinary
// user, files in it may belong to subordinate ids.
func RemoveTree(at *os.File, name string) error {
	err := overlay.RemoveTree(at, name)
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	inside := users.RemoveInside(filepath.Join(at.Name(), name))
	if errors.Is(inside, fs.ErrPermission) {
		return err // which says what it is that cannot be removed
	}
	return inside
}
