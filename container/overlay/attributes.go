package overlay

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// copyAttributes gives a file of a layer the owner, mode and extended attributes of the
// host's file that it stands for, and where changes are kept its times. In a user namespace
// it belongs to root there: nobody else could be sure to exist.
func (s *store) copyAttributes(from string, to *os.File) error {
	var stat unix.Stat_t
	if err := unix.Lstat(from, &stat); err != nil {
		return &fs.PathError{Op: "stat", Path: from, Err: err}
	}
	fd := int(to.Fd())
	uid, gid := int(stat.Uid), int(stat.Gid)
	if s.userXattr {
		uid, gid = s.request.UID, s.request.GID
	}
	var made unix.Stat_t
	err := unix.Fstat(fd, &made)
	if err == nil && (int(made.Uid) != uid || int(made.Gid) != gid) {
		err = unix.Fchown(fd, uid, gid)
		made.Mode = 0 // it may have taken set-group-ID away
	}
	if err == nil {
		err = copyXattrs(from, fd)
	}
	if err == nil && made.Mode != stat.Mode {
		err = unix.Fchmod(fd, stat.Mode&0o7777)
	}
	if err == nil && s.request.Root.Changes != "" { // else nobody compares them
		times := []unix.Timeval{unix.NsecToTimeval(stat.Atim.Nano()), unix.NsecToTimeval(stat.Mtim.Nano())}
		err = unix.Futimes(fd, times)
	}
	if err != nil {
		return &fs.PathError{Op: "copy the attributes to", Path: to.Name(), Err: err}
	}
	return nil
}

// copyXattrs copies what a file system or a security module takes from the caller.
// Overlayfs's own attributes would be obeyed.
func copyXattrs(from string, to int) error {
	size, err := unix.Llistxattr(from, nil)
	if err != nil || size == 0 { // as nearly always
		return utils.Ignore(err, unix.ENOTSUP, unix.EACCES, unix.EPERM)
	}
	names := make([]byte, 64<<10)
	if size, err = unix.Llistxattr(from, names); err != nil {
		return err
	}
	value := make([]byte, 64<<10)
	for _, name := range strings.Split(string(names[:size]), "\x00") {
		if name == "" || strings.HasPrefix(name, "trusted.overlay.") || strings.HasPrefix(name, "user.overlay.") {
			continue
		}
		n, err := unix.Lgetxattr(from, name, value)
		if err == nil {
			err = unix.Fsetxattr(to, name, value[:n], 0)
		}
		if err = utils.Ignore(err, unix.ENOTSUP, unix.EACCES, unix.EPERM, unix.ENODATA, unix.EINVAL); err != nil {
			return err
		}
	}
	return nil
}

// replace puts something empty in the place of a host path that a layer lies over. It is
// not done where the host has nothing there.
func (s *store) replace(part *piece, name string) (done bool, err error) {
	if name == part.path {
		return false, nil
	}
	at, err := s.standInFor(part, filepath.Dir(name))
	if err == nil {
		err = s.empty(at, filepath.Base(name), name)
	}
	return err == nil, err
}

// standInFor is the directory of a layer that lies over one of the host's. It stays open,
// for what is hidden is in few directories, until the store is complete.
func (s *store) standInFor(part *piece, path string) (dir *os.File, err error) {
	if dir = s.standIns[path]; dir != nil {
		return dir, nil
	}
	if path == part.path {
		dir, err = s.openUpper(part)
	} else {
		var above *os.File
		if above, err = s.standInFor(part, filepath.Dir(path)); err == nil {
			dir, err = s.standIn(above, filepath.Base(path), path)
		}
	}
	if err == nil {
		s.standIns[path] = dir
	}
	return dir, err
}

// closeStandIns closes the directories that replace has opened.
func (s *store) closeStandIns() error {
	var errs []error
	for _, dir := range s.standIns {
		errs = append(errs, dir.Close())
	}
	clear(s.standIns)
	return errors.Join(errs...)
}

func (s *store) openUpper(part *piece) (*os.File, error) {
	return os.OpenFile(filepath.Join(s.path, s.layers[part.path], "upper"), unix.O_DIRECTORY|unix.O_NOFOLLOW, 0) //nolint:forbidigo // it is a directory
}

// standIn makes a directory of a layer that lies over one of the host's.
func (s *store) standIn(at *os.File, name, path string) (*os.File, error) {
	err := unix.Mkdirat(int(at.Fd()), name, 0o700)
	made := err == nil
	if err != nil && err != unix.EEXIST {
		return nil, &fs.PathError{Op: "mkdir", Path: path, Err: err}
	}
	fd, err := unix.Openat(int(at.Fd()), name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	dir := os.NewFile(uintptr(fd), path)
	if made {
		err = s.copyAttributes(path, dir)
	}
	if err != nil {
		return nil, errors.Join(err, dir.Close())
	}
	return dir, nil
}

// empty makes the last component: an empty directory for a directory, an empty file for
// a file, and for anything else nothing at all.
func (s *store) empty(at *os.File, name, path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	switch {
	case info.IsDir():
		dir, err := s.standIn(at, name, path)
		if err != nil {
			return err
		}
		attribute := "trusted.overlay.opaque"
		if s.userXattr {
			attribute = "user.overlay.opaque"
		}
		return errors.Join(unix.Fsetxattr(int(dir.Fd()), attribute, []byte("y"), 0), dir.Close())
	case info.Mode().IsRegular():
		fd, err := unix.Openat(int(at.Fd()), name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
		if err == unix.EEXIST { // the view is computed anew
			return nil
		}
		if err != nil {
			return &fs.PathError{Op: "create", Path: path, Err: err}
		}
		file := os.NewFile(uintptr(fd), path)
		err = s.writeInstead(file, path)
		if err == nil {
			err = s.copyAttributes(path, file)
		}
		return errors.Join(err, file.Close())
	}
	return utils.Ignore(unix.Mknodat(int(at.Fd()), name, unix.S_IFCHR, 0), unix.EEXIST) // a whiteout
}

// writeInstead leaves a file empty, but for the accounts of shadow(5) and gshadow(5): they
// stay, and lose their passwords, so that programs can add some.
func (s *store) writeInstead(file *os.File, path string) error {
	if path != "/etc/shadow" && path != "/etc/gshadow" {
		return nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return utils.Ignore(err, fs.ErrPermission)
	}
	_, err = file.WriteString(withoutPasswords(string(content)))
	return err
}

// withoutPasswords takes the second field out of each line.
func withoutPasswords(content string) string {
	var text strings.Builder
	for line := range strings.Lines(content) {
		fields := strings.Split(line, ":")
		if len(fields) < 3 { // no account
			continue
		}
		fields[1] = "*"
		text.WriteString(strings.Join(fields, ":"))
	}
	return text.String()
}
