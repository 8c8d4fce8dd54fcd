package stdio

import (
	"os"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// openNothing opens what every read finds the end of. A chroot may have no /dev/null: a
// pipe that nobody writes to is as empty.
func openNothing() (int, error) {
	fd, err := utils.Open(os.DevNull, unix.O_RDONLY)
	switch err {
	case nil:
		return fd, nil
	case unix.ENOENT:
		return emptyPipe()
	}
	return -1, &os.PathError{Op: "open", Path: os.DevNull, Err: err}
}

func emptyPipe() (int, error) {
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		return -1, err
	}
	return ends[0], unix.Close(ends[1])
}
