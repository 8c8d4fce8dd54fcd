package overlay

import (
	"errors"
	"io/fs"
	"os"
	"path"

	"golang.org/x/sys/unix"
)

// host looks at this host.
type host struct {
	// shifted is whether root of the container is another user than the caller: UID uid.
	shifted bool
	uid     int
}

// mode asks no server and mounts nothing, if the kernel knows the answer.
func (host) mode(name string) (fs.FileMode, error) {
	var stat unix.Statx_t
	err := unix.Statx(unix.AT_FDCWD, name, unix.AT_SYMLINK_NOFOLLOW|unix.AT_NO_AUTOMOUNT|unix.AT_STATX_DONT_SYNC, unix.STATX_TYPE|unix.STATX_MODE, &stat)
	if err != nil {
		return 0, &fs.PathError{Op: "statx", Path: name, Err: err}
	}
	return fileMode(stat.Mode), nil
}

func (host) owner(name string) (uid int, err error) {
	var stat unix.Stat_t
	err = unix.Lstat(name, &stat)
	return int(stat.Uid), err
}

func (h host) closed(dir string) bool {
	if !h.shifted {
		return false
	}
	var stat unix.Stat_t
	err := unix.Lstat(dir, &stat)
	return err != nil || stat.Mode&unix.S_IFMT == unix.S_IFDIR && stat.Mode&unix.S_IXOTH == 0 && int(stat.Uid) != h.uid
}

// list is what is in a directory. Of one that the caller may not read it is nothing.
func (h host) list(dir string) (entries []entry, err error) {
	names, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrPermission) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, found := range names {
		name := path.Join(dir, found.Name())
		mode, err := h.mode(name)
		if err != nil {
			continue // it has gone since, or is nobody's to look at
		}
		e := entry{name: found.Name(), mode: mode}
		e.closed = mode.IsDir() && unix.Faccessat(unix.AT_FDCWD, name, unix.R_OK|unix.X_OK, unix.AT_EACCESS) != nil || mode.IsDir() && h.closed(name)
		if mode&fs.ModeSymlink != 0 {
			if e.link, err = os.Readlink(name); err != nil {
				continue
			}
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// fileMode is the mode of stat(2) as Go has it: the type, as far as it matters here, and
// the permissions.
func fileMode(mode uint16) fs.FileMode {
	m := fs.FileMode(mode & 0o777)
	switch mode & unix.S_IFMT {
	case unix.S_IFREG:
	case unix.S_IFDIR:
		m |= fs.ModeDir
	case unix.S_IFLNK:
		m |= fs.ModeSymlink
	default:
		m |= fs.ModeIrregular
	}
	if mode&unix.S_ISVTX != 0 {
		m |= fs.ModeSticky
	}
	return m
}

// unixMode are the permissions as mkdir(2) takes them.
func unixMode(mode fs.FileMode) uint32 {
	bits := uint32(mode.Perm())
	if mode&fs.ModeSticky != 0 {
		bits |= unix.S_ISVTX
	}
	return bits
}
