package detached

import (
	"errors"
	"os"
	"syscall"

	"github.com/mydocker/mydocker/container/entry"
	"github.com/mydocker/mydocker/container/session"
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
	err = background(args, end)
	if err = errors.Join(err, end.Close()); err == nil {
		reply := &session.Reply{}
		if result.ReceiveJSON(reply) != nil {
			err = errors.New("mydocker in the background has ended before the command ran")
		} else if reply.Error != "" {
			err = &StartError{reply.Error, reply.ExitCode}
		}
	}
	return errors.Join(err, result.Close())
}

func background(args []string, end *os.File) error {
	nothing, err := os.OpenFile(os.DevNull, os.O_RDWR, 0) //nolint:forbidigo // a device that is there
	if err != nil {
		return err
	}
	attributes := &syscall.ProcAttr{
		Env: os.Environ(), Sys: &syscall.SysProcAttr{Setsid: true},
		Files: []uintptr{nothing.Fd(), nothing.Fd(), nothing.Fd(), BackgroundFD: end.Fd()},
	}
	start := func() error {
		_, err := syscall.ForkExec("/proc/self/exe", args, attributes)
		return os.NewSyscallError("execute mydocker in the background", err)
	}
	if entry.HasBlocked() {
		err = utils.WithSignalMask(entry.CallersMask(), start)
	} else {
		err = start()
	}
	return errors.Join(err, nothing.Close())
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
