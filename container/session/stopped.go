package session

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// StoppedError says that a supervisor does not answer, as somebody has stopped it.
type StoppedError struct{ Pid int }

func (e *StoppedError) Error() string {
	return fmt.Sprintf("its supervisor, process %d, is stopped and does not answer: kill -CONT %d lets it go on, for this to be asked for again; kill -KILL %d ends the container",
		e.Pid, e.Pid, e.Pid)
}

// stoppedTime is how long a supervisor may be stopped, as a debugger does it for a moment.
const stoppedTime = 3 * time.Second

// awaitReply waits until there is something to read, or the other side has been stopped for a while.
func (c *Conn) awaitReply() error {
	const step = time.Second
	for stopped := time.Duration(0); stopped < stoppedTime; {
		readable, err := c.isReadable(step)
		if readable || err != nil {
			return err
		}
		peer, err := c.credentials()
		if err != nil {
			return err
		}
		if stopped += step; !isStopped(int(peer.Pid)) {
			stopped = 0
		}
	}
	peer, err := c.credentials()
	if err != nil {
		return err
	}
	return &StoppedError{int(peer.Pid)}
}

// isReadable waits for something to read, or the other side's end.
func (c *Conn) isReadable(timeout time.Duration) (readable bool, err error) {
	raw, err := c.file.SyscallConn()
	if err != nil {
		return false, err
	}
	var n int
	var failed error
	err = raw.Control(func(fd uintptr) {
		n, failed = utils.Retry(func() (int, error) {
			return unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(timeout.Milliseconds()))
		})
	})
	return n > 0, errors.Join(err, failed)
}

// isStopped reports whether a process is stopped, or traced and stopped (proc_pid_stat(5)). Its name
// may have a parenthesis in it, too.
func isStopped(pid int) bool {
	stat, err := utils.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, after, found := strings.Cut(stat[strings.LastIndexByte(stat, ')')+1:], " ")
	return err == nil && found && (strings.HasPrefix(after, "T") || strings.HasPrefix(after, "t"))
}
