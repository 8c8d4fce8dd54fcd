package unpack

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// Tree is a file, or a directory with all that is in it, of a root that is in use: what is in it
// may change while it is read.
type Tree struct {
	// FD is the file (O_PATH), Dir the directory that it is in and Base its name there.
	FD, Dir int
	Base    string
	// Name is what it is in the archive; "." is a directory without a name.
	Name string
}

// ArchiveTree writes a tree as a tar archive. No link is followed.
func ArchiveTree(ctx context.Context, w io.Writer, t *Tree) (Archived, error) {
	a := &archiver{ctx: ctx, out: w, tar: tar.NewWriter(w), buffer: make([]byte, bufferSize), links: map[inode]string{}, ArchiveOptions: ArchiveOptions{Live: true}}
	err := a.tree(t)
	if err == nil {
		err = a.tar.Close()
	}
	return a.archived, err
}

func (a *archiver) tree(t *Tree) error {
	var stat unix.Stat_t
	if err := unix.Fstat(t.FD, &stat); err != nil {
		return named("stat", err)
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFDIR {
		return a.entry(t.Name, utils.FDPath(t.Dir)+"/"+t.Base, &stat, t.FD)
	}
	if err := a.entry(t.Name, utils.FDPath(t.FD)+"/.", &stat, -1); err != nil {
		return err
	}
	fd, err := openAt(t.FD, ".", unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return named("open", err)
	}
	return errors.Join(a.directory(t.Name, []int{fd}, 0), unix.Close(fd))
}

// gone is the error about a file that was removed while a tree is read: it is none.
func (a *archiver) gone(err error) error {
	if a.Live && errors.Is(err, unix.ENOENT) {
		return nil
	}
	return err
}

// shorter is for a file that has become shorter while it was read. What is missing is zeros in the
// archive, as tar(1) writes it, if the tree is in use.
func (a *archiver) shorter(w io.Writer, missing int64) error {
	if !a.Live {
		return fmt.Errorf("it has become shorter while it was read: %w", io.ErrUnexpectedEOF)
	}
	a.skip(a.current, "its end, for it has become shorter while it was read")
	clear(a.buffer)
	for missing > 0 {
		n, err := w.Write(a.buffer[:min(int64(len(a.buffer)), missing)])
		if err != nil {
			return named("write", err)
		}
		missing -= int64(n)
	}
	return nil
}

// IsKernels reports whether a file is on one of the kernel's own file systems, such as /proc. What
// is there has no size, and nobody could put it somewhere else.
func IsKernels(fd int) bool {
	var stat unix.Statfs_t
	if err := unix.Fstatfs(fd, &stat); err != nil {
		return false
	}
	const mqueue = 0x19800202
	switch int64(stat.Type) { //nolint:unconvert // it has 32 bits on some machines
	case unix.PROC_SUPER_MAGIC, unix.SYSFS_MAGIC, unix.CGROUP_SUPER_MAGIC, unix.CGROUP2_SUPER_MAGIC, unix.DEVPTS_SUPER_MAGIC, mqueue,
		unix.DEBUGFS_MAGIC, unix.TRACEFS_MAGIC, unix.SECURITYFS_MAGIC, unix.BPF_FS_MAGIC, unix.PSTOREFS_MAGIC, unix.SELINUX_MAGIC:
		return true
	}
	return false
}
