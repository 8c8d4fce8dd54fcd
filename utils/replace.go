package utils

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// dirEntry is a name in an open directory, where a file is or will be.
type dirEntry struct {
	dir  *os.File
	name string
}

// use is what a file is for: to be kept, or to be there for a while.
type use int

const (
	lasting use = iota
	passing
)

// openEntry opens the directory of path, and checks what replacing the file there
// would fail for at the end.
func openEntry(path string) (*dirEntry, error) {
	dir := filepath.Dir(path)
	fd, err := Open(dir, unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return nil, &fs.PathError{Op: "create a file in", Path: dir, Err: err}
	}
	e := &dirEntry{dir: os.NewFile(uintptr(fd), dir), name: filepath.Base(path)}
	if err := unix.Faccessat(fd, ".", unix.W_OK|unix.X_OK, unix.AT_EACCESS); err != nil {
		return nil, errors.Join(&fs.PathError{Op: "create a file in", Path: dir, Err: err}, e.dir.Close())
	}
	if err := e.checkReplaceable(); err != nil {
		return nil, errors.Join(&fs.PathError{Op: "replace", Path: path, Err: err}, e.dir.Close())
	}
	return e, nil
}

// checkReplaceable asks for what keeps rename(2) from replacing a file in a
// directory that can be written to: the attributes of chattr(1), a mount, and in
// a sticky directory such as /tmp that it is somebody else's.
func (e *dirEntry) checkReplaceable() error {
	var dir, file unix.Statx_t
	if err := unix.Statx(int(e.dir.Fd()), "", unix.AT_EMPTY_PATH, unix.STATX_BASIC_STATS, &dir); err != nil {
		return err
	}
	if dir.Nlink == 0 {
		return fmt.Errorf("%w (the directory has been deleted)", unix.ENOENT)
	}
	if dir.Attributes&unix.STATX_ATTR_APPEND != 0 {
		return fmt.Errorf("%w (the directory is append-only)", unix.EPERM)
	}
	err := unix.Statx(int(e.dir.Fd()), e.name, unix.AT_SYMLINK_NOFOLLOW, unix.STATX_BASIC_STATS, &file)
	switch {
	case err == unix.ENOENT:
		return nil
	case err != nil:
		return err
	case file.Attributes&(unix.STATX_ATTR_IMMUTABLE|unix.STATX_ATTR_APPEND) != 0:
		return fmt.Errorf("%w (it is immutable or append-only)", unix.EPERM)
	case file.Attributes&unix.STATX_ATTR_MOUNT_ROOT != 0:
		return fmt.Errorf("%w (it is a mount)", unix.EBUSY)
	}
	own := uint32(os.Geteuid())
	if dir.Mode&unix.S_ISVTX == 0 || own == file.Uid || own == dir.Uid {
		return nil
	}
	mayAny, err := HasCapability(unix.CAP_FOWNER)
	if err == nil && !mayAny {
		err = fmt.Errorf("%w (it is another user's, in a sticky directory)", unix.EPERM)
	}
	return err
}

// replace puts a file with this content there, for the one that may be there: at any
// moment there is the old one or the new one. One that is to last is there after a power
// cut, too, and takes over the old one's mode, and its owner if it may.
//
// Nothing is taken over from what is no plain file, such as a symbolic link that somebody
// has put there meanwhile; nothing is changed where such a link leads. Nor is it from
// another user's file in a directory such as /tmp: that user would decide whose it is.
func (e *dirEntry) replace(content []byte, use use) error {
	id, err := NewID()
	if err != nil {
		return err
	}
	// A name that is not made of the other's fits everywhere.
	dir, temporary := int(e.dir.Fd()), ".mydocker."+id
	var old, parent unix.Stat_t
	takes := use == lasting && unix.Fstatat(dir, e.name, &old, unix.AT_SYMLINK_NOFOLLOW) == nil && old.Mode&unix.S_IFMT == unix.S_IFREG &&
		unix.Fstat(dir, &parent) == nil && !isPlanted(&old, &parent)
	mode := uint32(0o666)
	if takes {
		mode = 0o600
	} else if use == passing {
		mode = 0o644
	}
	fd, err := unix.Openat(dir, temporary, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_CLOEXEC, mode)
	if err != nil {
		return &fs.PathError{Op: "create", Path: filepath.Join(e.dir.Name(), temporary), Err: err}
	}
	file := os.NewFile(uintptr(fd), temporary)
	if takes {
		err = takeOver(file, &old)
	}
	if err == nil {
		_, err = file.Write(content)
	}
	if err == nil && use == lasting {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = unix.Renameat(dir, temporary, dir, e.name)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("%s: %w", filepath.Join(e.dir.Name(), e.name), err), unix.Unlinkat(dir, temporary, 0))
	}
	return nil
}

// isPlanted reports whether the file is another user's, in a directory to which all may
// add files. It is what the kernel's fs.protected_regular is about.
func isPlanted(file, dir *unix.Stat_t) bool {
	return dir.Mode&unix.S_ISVTX != 0 && file.Uid != uint32(os.Geteuid()) && file.Uid != dir.Uid
}

// OpenAppend opens a file to append to, and makes it, for the caller alone, where there
// is none. In a directory such as /tmp it follows no symbolic link, and takes no
// other user's file.
func OpenAppend(path string) (*os.File, error) {
	flags := unix.O_WRONLY | unix.O_CREAT | unix.O_APPEND | unix.O_CLOEXEC
	var dir, file unix.Stat_t
	sticky := unix.Stat(filepath.Dir(path), &dir) == nil && dir.Mode&unix.S_ISVTX != 0
	if sticky {
		flags |= unix.O_NOFOLLOW
	}
	fd, err := Retry(func() (int, error) { return unix.Open(path, flags, 0o600) })
	switch {
	case err == nil:
	case sticky && unix.Lstat(path, &file) == nil && file.Mode&unix.S_IFMT == unix.S_IFLNK:
		return nil, fmt.Errorf("%s is a symbolic link, in a sticky directory", path)
	default:
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	if err = unix.Fstat(fd, &file); err == nil && isPlanted(&file, &dir) {
		err = fmt.Errorf("%s is another user's, in a sticky directory", path)
	}
	if err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	return os.NewFile(uintptr(fd), path), nil
}

// takeOver gives a new file the old one's owner, if it may, and mode.
func takeOver(file *os.File, old *unix.Stat_t) error {
	if err := unix.Fchown(int(file.Fd()), int(old.Uid), int(old.Gid)); err != nil && err != unix.EPERM && err != unix.EINVAL {
		return err
	}
	return unix.Fchmod(int(file.Fd()), old.Mode&0o777)
}
