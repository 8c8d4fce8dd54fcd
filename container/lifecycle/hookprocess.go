package lifecycle

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/entry"
	"github.com/mydocker/mydocker/utils"
)

// hookStarter starts a hook, with three descriptors as its standard streams and as the leader
// of a process group of its own, and does not wait for it.
type hookStarter func(hook *specs.Hook, stdio [3]int) (pid int, err error)

// outside starts hooks in the runtime namespace, in the bundle's directory as runc and crun do.
func outside(bundle string) hookStarter {
	return func(hook *specs.Hook, stdio [3]int) (int, error) {
		// A hook that goes on in the background would keep open what the caller has left open.
		if err := utils.CloseOnExec(unix.Stderr + 1); err != nil {
			return 0, err
		}
		var pid int
		err := entry.WithCallersMask(utils.WithSignalMask, func() (err error) {
			pid, err = syscall.ForkExec(hook.Path, hookArgs(hook), &syscall.ProcAttr{
				Dir:   bundle,
				Env:   hookEnv(hook, os.Environ()),
				Files: []uintptr{uintptr(stdio[0]), uintptr(stdio[1]), uintptr(stdio[2])},
				Sys:   &syscall.SysProcAttr{Setpgid: true},
			})
			return err
		})
		return pid, err
	}
}

// runHook runs one hook and waits for its end, but for nothing that it has left behind.
func runHook(hook *specs.Hook, state []byte, start hookStarter) (err error) {
	var fds []int
	defer func() { err = errors.Join(err, utils.CloseAll(fds...)) }()
	stdin, err := holding(state)
	if err != nil {
		return err
	}
	fds = append(fds, stdin)
	null, err := utils.Open("/dev/null", unix.O_WRONLY)
	if err != nil {
		return err
	}
	fds = append(fds, null)
	var stderr [2]int
	if err := unix.Pipe2(stderr[:], unix.O_CLOEXEC); err != nil {
		return fmt.Errorf("create the pipe for its stderr: %w", err)
	}
	fds = append(fds, stderr[:]...)
	if err := unix.SetNonblock(stderr[0], true); err != nil {
		return err
	}
	pid, err := start(hook, [...]int{stdin, null, stderr[1]})
	if err != nil {
		return err
	}
	var limit time.Duration
	if hook.Timeout != nil {
		limit = time.Duration(*hook.Timeout) * time.Second
	}
	return awaitHook(pid, stderr[0], limit)
}

// holding returns the read end of a pipe that holds text, all of it: then it matters to nobody
// whether, and how far, the reader reads.
func holding(text []byte) (fd int, err error) {
	const always = 4096 // what a pipe can hold even where its user has many (pipe(7))
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return -1, fmt.Errorf("create the pipe for its stdin: %w", err)
	}
	if len(text) > always {
		_, err = unix.FcntlInt(uintptr(pipe[1]), unix.F_SETPIPE_SZ, len(text))
	}
	if err == nil {
		_, err = unix.Write(pipe[1], text)
	}
	if err == nil {
		err = unix.SetNonblock(pipe[0], false)
	}
	if err = errors.Join(err, unix.Close(pipe[1])); err != nil {
		return -1, errors.Join(fmt.Errorf("put the state, %d bytes, into the pipe for its stdin: %w", len(text), err), unix.Close(pipe[0]))
	}
	return pipe[0], nil
}

// awaitHook waits for the end of a hook, or of its time if that is limited: then it ends it. The
// pipe's other end may stay open, for instance in a process that the hook has left in the
// background.
func awaitHook(pid, stderr int, limit time.Duration) error {
	var end lastBytes
	inTime, err := awaitEnd(pid, stderr, limit, &end)
	if err != nil || !inTime {
		err = errors.Join(err, utils.Ignore(unix.Kill(-pid, unix.SIGKILL), unix.ESRCH))
	}
	var status unix.WaitStatus
	if _, waiting := utils.Retry(func() (int, error) { return unix.Wait4(pid, &status, 0, nil) }); waiting != nil {
		err = errors.Join(err, fmt.Errorf("wait for process %d: %w", pid, waiting))
	}
	switch {
	case err != nil:
		return err
	case !inTime:
		return fmt.Errorf("killed, for it did not end within its time-out of %s%s", limit, end.line())
	case status.Signaled():
		return fmt.Errorf("ended by %s (%v)%s", utils.SignalName(status.Signal()), status.Signal(), end.line())
	case status.ExitStatus() != 0:
		return fmt.Errorf("exit status %d%s", status.ExitStatus(), end.line())
	}
	return nil
}

// awaitEnd waits for the end of a process and keeps the end of what it writes.
func awaitEnd(pid, stderr int, limit time.Duration, end *lastBytes) (inTime bool, err error) {
	pidfd, err := utils.PidfdOpen(pid)
	if err != nil {
		return false, fmt.Errorf("watch process %d (pidfd_open, Linux 5.3): %w", pid, err)
	}
	defer func() { err = errors.Join(err, unix.Close(pidfd)) }()
	fds := []unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}, {Fd: int32(stderr), Events: unix.POLLIN}}
	start := time.Now()
	for fds[0].Revents == 0 {
		wait := -1
		if limit > 0 {
			left := limit - time.Since(start)
			if left <= 0 {
				return false, nil
			}
			wait = int(left/time.Millisecond) + 1
		}
		if _, err := unix.Poll(fds, wait); err != nil && err != unix.EINTR {
			return false, fmt.Errorf("poll: %w", err)
		}
		closed, err := end.read(stderr)
		if err != nil {
			return false, err
		}
		if closed {
			fds[1].Fd = -1
		}
	}
	_, err = end.read(stderr) // what it has written between the read and its end
	return true, err
}

// lastBytes are the last of what a process has written.
type lastBytes struct{ text []byte }

// read takes what is in the pipe, at most as much as a pipe holds: what is left behind may go on
// writing.
func (l *lastBytes) read(fd int) (closed bool, err error) {
	const most, kept = 1 << 20, 4 << 10
	buffer := make([]byte, 64<<10)
	for all := 0; all < most; {
		n, err := utils.Retry(func() (int, error) { return unix.Read(fd, buffer) })
		if err == unix.EAGAIN {
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("read its stderr: %w", err)
		}
		if n == 0 {
			return true, nil
		}
		all += n
		l.text = append(l.text, buffer[:n]...)
		l.text = append([]byte(nil), l.text[max(0, len(l.text)-kept):]...)
	}
	return false, nil
}

// line is the last line, for the end of a message.
func (l *lastBytes) line() string {
	text := bytes.TrimSpace(l.text)
	if len(text) == 0 {
		return ""
	}
	return ": " + utils.Shortened(string(bytes.TrimSpace(text[bytes.LastIndexByte(text, '\n')+1:])))
}
