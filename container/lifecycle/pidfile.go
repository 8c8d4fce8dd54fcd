package lifecycle

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// writePidFile puts the file there whole, "" for none: who waits for it reads no half of a number.
func writePidFile(path string, pid int) error {
	if path == "" {
		return nil
	}
	dir, err := utils.Open(filepath.Dir(path), unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return &fs.PathError{Op: "open", Path: filepath.Dir(path), Err: err}
	}
	name := filepath.Base(path)
	err = checkReplaceable(dir, name)
	if err == nil {
		err = utils.Replace(dir, name, "."+name, []byte(strconv.Itoa(pid)))
	}
	if err = errors.Join(err, unix.Close(dir)); err != nil {
		return &fs.PathError{Op: "write", Path: path, Err: err}
	}
	return nil
}

// checkReplaceable refuses to put a file in the place of a device, such as /dev/null, or of a pipe
// that somebody reads.
func checkReplaceable(dir int, name string) error {
	var status unix.Stat_t
	err := unix.Fstatat(dir, name, &status, unix.AT_SYMLINK_NOFOLLOW)
	if err == unix.ENOENT {
		return nil
	}
	if kind := status.Mode & unix.S_IFMT; err == nil && kind != unix.S_IFREG && kind != unix.S_IFLNK {
		err = errors.New("it is there and no regular file, and would be replaced")
	}
	return err
}
