package overlay

import (
	"errors"
	"fmt"
	"os"
	"path"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

const lockName = "lock"

// InUseError says that somebody else uses a directory of changes.
type InUseError struct{ Dir string }

func (e *InUseError) Error() string {
	return e.Dir + " is in use by another mydocker (its run has to end first)"
}

// OpenDir opens a directory of changes. It decides which of the host's files are written,
// so it is the caller's own, and nobody else can write to it.
func OpenDir(name string) (*os.File, error) { return utils.OpenOwnDir(name, 0o700) }

// Lock takes a directory of changes for the caller, until the file is closed. It does not
// wait: somebody else who has it is an *InUseError.
func Lock(dir *os.File) (*os.File, error) {
	flags := unix.O_RDWR | unix.O_CREAT | unix.O_NOFOLLOW | unix.O_NONBLOCK | unix.O_CLOEXEC
	fd, err := unix.Openat(int(dir.Fd()), lockName, flags, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", dir.Name(), err)
	}
	file := os.NewFile(uintptr(fd), lockName)
	var stat unix.Stat_t
	if err = unix.Fstat(fd, &stat); err == nil && stat.Mode&unix.S_IFMT != unix.S_IFREG {
		err = errors.New("it is not a regular file") // reading a FIFO would wait for ever
	}
	if err != nil {
		err = fmt.Errorf("lock %s: %w", path.Join(dir.Name(), lockName), err)
	} else if err = utils.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err == unix.EWOULDBLOCK {
		err = &InUseError{dir.Name()}
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}
