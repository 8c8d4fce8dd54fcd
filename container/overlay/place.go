package overlay

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// checkAbove refuses a directory that anybody can put another in the place of: init mounts
// its layers by their paths.
func checkAbove(name string) error {
	for above := filepath.Dir(name); ; above = filepath.Dir(above) {
		info, err := os.Lstat(above)
		switch {
		case errors.Is(err, fs.ErrNotExist): // it is about to be made
		case err != nil:
			return err
		case info.Mode().Perm()&0o002 != 0 && info.Mode()&fs.ModeSticky == 0:
			return fmt.Errorf("%s lies in %s, which everybody can write to (chmod +t helps)", name, above)
		}
		if above == "/" {
			return nil
		}
	}
}

// existing is the path, or what of it there is.
func existing(name string) string {
	for {
		if _, err := os.Stat(name); err == nil || name == "/" {
			return name
		}
		name = filepath.Dir(name)
	}
}

// checkUpper refuses a directory on a file system that cannot hold an upper directory, in
// words that say what helps.
func checkUpper(dir, advice string) error {
	var status unix.Statfs_t
	if err := unix.Statfs(dir, &status); err != nil {
		return &fs.PathError{Op: "statfs", Path: dir, Err: err}
	}
	kind := cannotBeUpper(int64(status.Type)) //nolint:unconvert // it is another type on 32 bits
	if kind == "" && status.Flags&unix.ST_RDONLY != 0 {
		kind = "read-only"
	}
	if kind != "" {
		return fmt.Errorf("%s cannot hold what is written to an overlay: its file system is %s; %s", dir, kind, advice)
	}
	return nil
}

// CheckAbove is checkAbove for other directories of mydocker's.
func CheckAbove(name string) error { return checkAbove(name) }
