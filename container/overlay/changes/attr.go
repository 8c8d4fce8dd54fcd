package changes

import (
	"io"

	"golang.org/x/sys/unix"
)

// attr is what stat(2) tells of a file. One without a type is not there.
type attr struct {
	dev, ino     uint64
	mode         uint32 // with the type
	uid, gid     uint32
	nlink        uint64
	rdev         uint64
	size         int64
	atime, mtime unix.Timespec
	ctime        int64
}

func attrOf(s *unix.Stat_t) attr {
	return attr{
		dev: s.Dev, ino: s.Ino, mode: s.Mode, uid: s.Uid, gid: s.Gid, rdev: s.Rdev, size: s.Size,
		nlink: uint64(s.Nlink), //nolint:unconvert // it has 32 bits on arm64
		atime: s.Atim, mtime: s.Mtim, ctime: s.Ctim.Nano(),
	}
}

func (a *attr) format() uint32      { return a.mode & unix.S_IFMT }
func (a *attr) permissions() uint32 { return a.mode & 0o7777 }
func (a *attr) exists() bool        { return a.mode != 0 }
func (a *attr) isDir() bool         { return a.format() == unix.S_IFDIR }
func (a *attr) isRegular() bool     { return a.format() == unix.S_IFREG }
func (a *attr) isLink() bool        { return a.format() == unix.S_IFLNK }

func (a *attr) isDevice() bool {
	return a.format() == unix.S_IFCHR || a.format() == unix.S_IFBLK
}

// is reports whether both are the same file, whatever has become of it.
func (a *attr) is(other *attr) bool {
	return a.exists() && other.exists() && a.dev == other.dev && a.ino == other.ino
}

// typeName is the word for a type of file.
func typeName(mode uint32) string {
	switch mode & unix.S_IFMT {
	case unix.S_IFREG:
		return "file"
	case unix.S_IFDIR:
		return "directory"
	case unix.S_IFLNK:
		return "symlink"
	case unix.S_IFIFO:
		return "fifo"
	case unix.S_IFSOCK:
		return "socket"
	case unix.S_IFCHR:
		return "char device"
	case unix.S_IFBLK:
		return "block device"
	}
	return ""
}

// ignoreEOF is for calls whose end is no error.
func ignoreEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}
