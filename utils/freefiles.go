package utils

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// CheckFreeFiles refuses to begin where hardly any file can be opened. The Go runtime opens some to wait for others, and
// where it may not it ends the program with a dump, in the middle of what that does.
func CheckFreeFiles() (err error) {
	const needed, many = 8, 64
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil || limit.Cur >= many {
		return os.NewSyscallError("getrlimit", err)
	}
	var opened []int
	for len(opened) < needed && err == nil {
		var fd int
		if fd, err = unix.Open("/", unix.O_PATH|unix.O_CLOEXEC, 0); err == nil {
			opened = append(opened, fd)
		}
	}
	if err != nil {
		err = fmt.Errorf("open %d files beside those that are open: %w (the limit on open files is %d: ulimit -n)", needed, err, limit.Cur)
	}
	for _, fd := range opened {
		err = errors.Join(err, unix.Close(fd))
	}
	return err
}
