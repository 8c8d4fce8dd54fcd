package container

import (
	"errors"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/users"
	"github.com/mydocker/mydocker/utils"
)

// fillEmpty has a directory be as one of an image that has nothing in it: of most VOLUMEs only
// the owner and the mode are to be copied, which takes no other process. It reports false where
// there is more.
func fillEmpty(namespace *users.UserNamespace, dirs []string, into string) (done bool, err error) {
	if namespace != nil { // another process has the ids
		return false, nil
	}
	var stat unix.Stat_t
	for n, path := range dirs {
		dir, err := os.OpenFile(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0) //nolint:forbidigo // a directory that is there
		if err != nil {
			return false, err
		}
		plain, err := isPlainAndEmpty(dir)
		if n == 0 && plain {
			err = errors.Join(err, os.NewSyscallError("fstat", unix.Fstat(int(dir.Fd()), &stat)))
		}
		if err = errors.Join(err, dir.Close()); err != nil || !plain {
			return false, err
		}
	}
	if err := os.Lchown(into, int(stat.Uid), int(stat.Gid)); err != nil {
		return false, err
	}
	if err := unix.Chmod(into, stat.Mode&0o7777); err != nil {
		return false, &os.PathError{Op: "chmod", Path: into, Err: err}
	}
	times := []unix.Timespec{stat.Atim, stat.Mtim}
	if err := unix.UtimesNanoAt(unix.AT_FDCWD, into, times, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return false, &os.PathError{Op: "set the times of", Path: into, Err: err}
	}
	return true, nil
}

// isPlainAndEmpty reports whether nothing is in a directory of a layer, also nothing that is
// deleted, and whether it has no attributes but those of overlayfs.
func isPlainAndEmpty(dir *os.File) (bool, error) {
	if _, err := dir.Readdirnames(1); err != io.EOF {
		return false, err
	}
	list := make([]byte, 4096)
	n, err := unix.Flistxattr(int(dir.Fd()), list)
	if err == unix.ERANGE {
		return false, nil
	}
	for name := range strings.SplitSeq(string(list[:max(n, 0)]), "\x00") {
		if name != "" && !strings.HasPrefix(name, "trusted.overlay.") && !strings.HasPrefix(name, "user.overlay.") && name != "security.selinux" {
			return false, nil
		}
	}
	return err == nil || err == unix.ENOTSUP, utils.Ignore(err, unix.ENOTSUP)
}
