package layers

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// maxLooked is how many files Deleted looks at.
const maxLooked = 200_000

// Deleted lists what a layer takes away from those below it: the names that it deletes, and
// the directories of which it lets nothing be seen, sorted.
func Deleted(layer string, userXattr bool) (names, opaque []string, err error) {
	s := &Stack{UserXattr: userXattr}
	looked := 0
	err = filepath.WalkDir(layer, func(file string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if looked++; looked > maxLooked {
			return fmt.Errorf("more than %d files", maxLooked)
		}
		below, err := filepath.Rel(layer, file)
		if err != nil {
			return err
		}
		name := path.Join("/", below)
		switch {
		case e.IsDir():
			is, err := s.isOpaqueFile(file)
			if is {
				opaque = append(opaque, name)
			}
			return err
		case e.Type()&fs.ModeCharDevice != 0:
			var stat unix.Stat_t
			err := unix.Lstat(file, &stat)
			if err == nil && stat.Rdev == 0 {
				names = append(names, name)
			}
			return err
		}
		return nil
	})
	return names, opaque, err
}

// isOpaqueFile is isOpaque for a path, of a layer that nobody else changes.
func (s *Stack) isOpaqueFile(dir string) (bool, error) {
	value := make([]byte, 2)
	n, err := unix.Lgetxattr(dir, s.opaqueXattr(), value)
	if errors.Is(err, unix.ENODATA) || errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.ERANGE) {
		return false, nil
	}
	return err == nil && n == 1 && value[0] == 'y', err
}
