package detached

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/entry"
	"github.com/mydocker/mydocker/container/session"
	"github.com/mydocker/mydocker/container/signals"
	"github.com/mydocker/mydocker/utils"
)

// BackgroundFD is what mydocker has in the background: a connection on which it says how the start
// of what it looks after went.
const BackgroundFD = 3

// Background executes mydocker once more, with no streams and in a session of its own, and returns
// when what that looks after has started. What has failed there is a *StartError.
func Background(args []string) error {
	result, end, err := session.Pair()
	if err != nil {
		return err
	}
	err = background(args, []uintptr{BackgroundFD: end.Fd()})
	if err = errors.Join(err, end.Close()); err == nil {
		err = awaitStart(result, "mydocker in the background")
	}
	return errors.Join(err, result.Close())
}

// background executes mydocker with files, of which the first three are nothing.
func background(args []string, files []uintptr) error {
	nothing, err := os.OpenFile(os.DevNull, os.O_RDWR, 0) //nolint:forbidigo // a device that is there
	if err != nil {
		return err
	}
	for fd := range BackgroundFD {
		files[fd] = nothing.Fd()
	}
	err = execute(args, &syscall.ProcAttr{Env: os.Environ(), Files: files})
	return errors.Join(err, nothing.Close())
}

// execute executes mydocker once more, in a session of its own and with no other descriptors than those
// that are named: it would keep a lock that the caller's shell holds, or a pipe open that somebody
// reads to its end.
func execute(args []string, attributes *syscall.ProcAttr) error {
	if err := utils.CloseOnExec(unix.Stderr + 1); err != nil {
		return err
	}
	attributes.Sys = &syscall.SysProcAttr{Setsid: true}
	return entry.WithCallersMask(utils.WithSignalMask, func() error {
		return signals.Unignore(func() error {
			_, err := syscall.ForkExec("/proc/self/exe", args, attributes)
			return os.NewSyscallError("execute mydocker in the background", err)
		})
	})
}

// TellStart says on a connection how a start went, and closes it: failed is nil, or it goes with an
// exit code.
func TellStart(conn *session.Conn, failed error, code int) error {
	reply := &session.Reply{}
	if failed != nil {
		reply.Error, reply.ExitCode = utils.ErrorLine(failed), code
	}
	return errors.Join(conn.SendJSON(reply), conn.Close())
}

// KeepName is the hidden command that keeps a terminal which its caller has left.
const KeepName = "keep-terminal"

// What it has.
const (
	keptTerminal = 3
	keptCommand  = 4 // a pidfd
)

// KeepTerminal executes mydocker in the background to keep the terminal of a command, which otherwise
// would be hung up, or could write no more.
func KeepTerminal(terminal *os.File, pidfd int) error {
	files := []uintptr{keptTerminal: 0, keptCommand: uintptr(pidfd)}
	raw, err := terminal.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		files[keptTerminal] = fd
		failed = background([]string{"mydocker", KeepName}, files)
	})
	return errors.Join(err, failed)
}

// Keep is what that does: it reads what the command writes, for as long as it lives.
func Keep() error {
	if _, err := unix.IoctlGetInt(keptTerminal, unix.TIOCGPTN); err != nil {
		return fmt.Errorf("%s is internal: mydocker exec executes it", KeepName)
	}
	buffer := make([]byte, 4096)
	files := []unix.PollFd{{Fd: keptTerminal, Events: unix.POLLIN}, {Fd: keptCommand, Events: unix.POLLIN}}
	for {
		if _, err := utils.Retry(func() (int, error) { return unix.Poll(files, -1) }); err != nil {
			return os.NewSyscallError("poll", err)
		}
		if files[1].Revents != 0 { // it has ended
			return nil
		}
		if _, err := utils.Retry(func() (int, error) { return unix.Read(keptTerminal, buffer) }); err != nil && err != unix.EAGAIN {
			return utils.Ignore(err, unix.EIO)
		}
	}
}
