package overlay

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// A run that is killed gives up its lock at once, while its container takes a moment to
// end: until then the upper directories are still mounted, and two overlays with the same
// one spoil it. So the lock's file says who init is, and the next run waits for its end,
// which is that of all processes of its PID namespace.

// endTimeout is how long a container may take to end that has been killed.
const endTimeout = 10 * time.Second

// Started notes which process is init.
func (w *View) Started(pid int) error {
	if w == nil || w.store == nil || w.store.record == nil {
		return nil
	}
	lock := w.store.lock
	identity, err := identify(pid)
	if err == nil {
		err = lock.Truncate(0)
	}
	if err == nil {
		_, err = lock.WriteAt([]byte(identity), 0)
	}
	if err != nil {
		return fmt.Errorf("note init in %s: %w", w.store.path, err)
	}
	return nil
}

// awaitPrevious waits for the end of the container that was the last to use the directory.
func awaitPrevious(dir, lock *os.File) error {
	content, err := io.ReadAll(io.LimitReader(lock, 256))
	if err != nil {
		return err
	}
	before, _, _ := strings.Cut(string(content), " ")
	pid, err := strconv.Atoi(before)
	if err != nil || pid <= 0 {
		return nil
	}
	fd, err := utils.PidfdOpen(pid)
	if err != nil { // it has ended, or Linux is older than 5.3
		return nil
	}
	if identity, err := identify(pid); err == nil && identity == string(content) {
		ready := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := utils.Retry(func() (int, error) { return unix.Poll(ready, int(endTimeout/time.Millisecond)) })
		if err == nil && n == 0 {
			err = &InUseError{dir.Name()}
		}
		if err != nil {
			return joinClose(err, fd)
		}
	}
	return unix.Close(fd)
}

func joinClose(err error, fd int) error {
	if closing := unix.Close(fd); closing != nil {
		return fmt.Errorf("%w; %w", err, closing)
	}
	return err
}

// identify names a process so that no other has the name: by when it was started, in this
// run of the kernel.
func identify(pid int) (string, error) {
	const started = 19 // the 22nd field
	fields, err := utils.ProcessStat(pid, started+1)
	if err != nil {
		return "", err
	}
	boot, err := utils.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d %s %s", pid, fields[started], boot), nil
}
