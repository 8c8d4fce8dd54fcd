package state

import (
	"errors"
	"io/fs"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

const (
	reserveName = "reserve"
	reserveNew  = reserveName + ".new"
	// reserveSize is more than what a record grows by while its container runs.
	reserveSize = 16 << 10
)

// Reserve keeps room on the disk, and an inode, for the record of how the container ends: that is not
// lost where somebody, perhaps the container itself, fills the disk meanwhile. Save uses it up.
func (c *Container) Reserve() error {
	dir := int(c.Dir.Fd())
	var has unix.Stat_t
	if unix.Fstatat(dir, reserveName, &has, unix.AT_SYMLINK_NOFOLLOW) == nil && has.Size == reserveSize {
		return nil
	}
	if err := utils.Replace(dir, reserveName, reserveNew, make([]byte, reserveSize)); err != nil {
		return &fs.PathError{Op: "keep room in", Path: filepath.Join(c.Path, reserveName), Err: err}
	}
	return nil
}

// isFull reports whether there is no room, or the caller may use no more of it.
func isFull(err error) bool { return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) }
