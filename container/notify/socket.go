package notify

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// Dir is where a container with a root of its own has the directory with its socket, SocketName the
// name in there.
const (
	Dir        = "/run/notify"
	SocketName = "notify.sock"
)

// bind makes a socket in a directory. All of the container's users may send to it; only that container
// has it.
func bind(dir string) (fd int, err error) {
	at, err := utils.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW)
	if err != nil {
		return -1, &fs.PathError{Op: "open", Path: dir, Err: err}
	}
	fd, err = unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, errors.Join(os.NewSyscallError("socket", err), unix.Close(at))
	}
	if err = unix.Bind(fd, utils.SocketIn(at, SocketName)); err == nil {
		err = openToAll(at)
	}
	if err != nil {
		err = errors.Join(&fs.PathError{Op: "bind", Path: filepath.Join(dir, SocketName), Err: err}, unix.Close(fd))
		fd = -1
	}
	return fd, errors.Join(err, unix.Close(at))
}

// openToAll changes the permissions of a socket, and of no file that a link in its place leads to.
func openToAll(dir int) error {
	fd, err := unix.Openat(dir, SocketName, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	return errors.Join(unix.Chmod(utils.FDPath(fd), 0o777), unix.Close(fd))
}
