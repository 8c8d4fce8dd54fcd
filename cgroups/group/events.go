package group

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// await returns when cgroup.events of the v2 cgroup at dir says key is value, of which the kernel wakes who polls
// the file, or reports false when the time is up. A cgroup that is gone is awaited no longer.
func await(dir, key, value string) (bool, error) {
	file := dir + "/cgroup.events"
	fd, err := utils.Open(file, unix.O_RDONLY)
	if err != nil {
		return utils.Gone(err), utils.Ignore(pathError("open", file, err), unix.ENOENT, unix.ENODEV)
	}
	reached, err := awaitIn(fd, key, value)
	if err != nil {
		err = pathError("read", file, err)
	}
	return reached, errors.Join(err, unix.Close(fd))
}

func awaitIn(fd int, key, value string) (bool, error) {
	end := time.Now().Add(waitTimeout)
	for {
		content := make([]byte, 256)
		n, err := utils.Retry(func() (int, error) { return unix.Pread(fd, content, 0) })
		if err == unix.ENODEV {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		if eventOf(string(content[:n]), key) == value {
			return true, nil
		}
		left := time.Until(end)
		if left <= 0 {
			return false, nil
		}
		poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLPRI}}
		if _, err := utils.Retry(func() (int, error) { return unix.Poll(poll, int(left.Milliseconds())+1) }); err != nil {
			return false, fmt.Errorf("poll: %w", err)
		}
	}
}

// eventOf finds the value of a key in lines of "key value".
func eventOf(content, key string) string {
	for line := range strings.Lines(content) {
		if name, value, _ := strings.Cut(strings.TrimSpace(line), " "); name == key {
			return value
		}
	}
	return ""
}

func pathError(op, path string, err error) error { return &os.PathError{Op: op, Path: path, Err: err} }
