package state

import (
	"errors"
	"io/fs"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

const reserveName = "reserve"

// Reserve keeps room on the disk, and an inode, for the record of how the container ends: that is not
// lost where somebody, perhaps the container itself, fills the disk meanwhile. Save uses it up.
func (c *Container) Reserve() error {
	dir := int(c.Dir.Fd())
	fd, err := utils.Retry(func() (int, error) {
		return unix.Openat(dir, reserveName, unix.O_WRONLY|unix.O_CREAT|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0o600)
	})
	if err == nil {
		err = errors.Join(allocate(fd, reserveSize(fd)), unix.Close(fd))
	}
	if err != nil {
		return &fs.PathError{Op: "keep room in", Path: filepath.Join(c.Path, reserveName), Err: err}
	}
	return nil
}

// reserveSize is more than what a record grows by while its container runs. Where btrfs has a quota, a new file and
// a rename need room for all blocks of its trees that they might change, 16 KiB each: 256 KiB were enough, 192 were not.
func reserveSize(fd int) int64 {
	var disk unix.Statfs_t
	if unix.Fstatfs(fd, &disk) == nil && disk.Type == unix.BTRFS_SUPER_MAGIC {
		return 512 << 10
	}
	return 16 << 10
}

// allocate has a file take up room. What is not written cannot be compressed.
func allocate(fd int, size int64) error {
	_, err := utils.Retry(func() (int, error) { return 0, unix.Fallocate(fd, 0, 0, size) })
	if err == unix.EOPNOTSUPP { // as on NFS
		var n int
		n, err = utils.Retry(func() (int, error) { return unix.Write(fd, make([]byte, size)) })
		if err == nil && int64(n) < size {
			err = unix.ENOSPC
		}
	}
	return err
}
