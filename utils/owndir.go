package utils

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// OpenOwnDir opens a directory that decides what is done with the caller's rights: so it has to be
// the caller's own, and nobody else may write to it. mode is the one that is advised otherwise.
func OpenOwnDir(path string, mode os.FileMode) (*os.File, error) {
	fd, err := Open(path, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	dir := os.NewFile(uintptr(fd), path)
	var stat unix.Stat_t
	if err = unix.Fstat(fd, &stat); err != nil {
		err = &fs.PathError{Op: "stat", Path: path, Err: err}
	} else {
		err = CheckOwn(path, &stat, mode)
	}
	if err != nil {
		return nil, errors.Join(err, dir.Close())
	}
	return dir, nil
}

// CheckOwn is the check that OpenOwnDir makes.
func CheckOwn(path string, stat *unix.Stat_t, mode os.FileMode) error {
	if own := uint32(os.Geteuid()); stat.Uid != own {
		return fmt.Errorf("%s belongs to user %d, not to the caller, %d", path, stat.Uid, own)
	}
	if stat.Mode&0o022 != 0 {
		return fmt.Errorf("%s can be written to by others (chmod %o helps, if nobody has)", path, mode)
	}
	return nil
}

// MoveAside gives a name in a directory another one that begins with a prefix, and that nobody has.
func MoveAside(dir *os.File, name, prefix string) (aside string, err error) {
	random, err := NewID()
	if err != nil {
		return "", err
	}
	aside = prefix + random
	if err := unix.Renameat(int(dir.Fd()), name, int(dir.Fd()), aside); err != nil {
		return "", &fs.PathError{Op: "rename", Path: dir.Name() + "/" + name, Err: err}
	}
	return aside, nil
}
