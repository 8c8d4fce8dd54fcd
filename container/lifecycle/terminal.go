package lifecycle

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/initproc"
	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// checkTerminal refuses a pseudo-terminal that nobody would have the other end of: neither who is at
// a socket, nor a caller that stays in the foreground.
func (t *Process) checkTerminal(socket string, foreground *Foreground) error {
	if t.Terminal && foreground == nil && socket == "" {
		return refuse("process.terminal: cannot allocate tty if mydocker will detach without setting console socket")
	}
	return nil
}

// console is the pseudo-terminal that the process opens, nil for none.
func (t *Process) console(socket string, foreground *Foreground) *wire.Console {
	if !t.Terminal {
		return nil
	}
	if foreground != nil && socket == "" {
		return foreground.Console(t.Owner)
	}
	return &wire.Console{Streams: 1<<unix.Stdin | 1<<unix.Stdout | 1<<unix.Stderr, Rows: t.Rows, Columns: t.Columns, Owner: t.Owner}
}

// passTerminal waits for the pseudo-terminal that the process has opened in the container, and sends
// its master to the socket, or keeps it in the foreground. A process that fails before sends none,
// and says why.
func (t *Process) passTerminal(process *initproc.ParentProcess, socket string, foreground *Foreground) error {
	if !t.Terminal {
		return nil
	}
	master, slave, came, err := process.Terminal()
	if err != nil || !came {
		return err
	}
	const name = "/dev/pts/ptmx"
	if socket == "" {
		if err := unix.SetNonblock(master, true); err != nil { // before NewFile, for the runtime's poller
			return errors.Join(err, utils.CloseAll(master, slave))
		}
		return foreground.take(os.NewFile(uintptr(master), name), slave)
	}
	file := os.NewFile(uintptr(master), name)
	return errors.Join(unix.Close(slave), sendTerminal(socket, file), file.Close())
}

// sendTerminal sends the master over a unix socket, as the caller of --console-socket wants it.
func sendTerminal(socket string, terminal *os.File) error {
	fd, err := connectTo(socket)
	if err == nil {
		err = errors.Join(sendDescriptor(fd, terminal.Name(), int(terminal.Fd())), unix.Close(fd))
	}
	if err != nil {
		return fmt.Errorf("console socket %s: %w", socket, err)
	}
	return nil
}

// connectTo connects with who listens at a unix socket. One that nobody reads from takes what is
// sent all the same, or refuses it: nothing waits.
func connectTo(socket string) (fd int, err error) {
	fd, err = unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	if err = unix.Connect(fd, &unix.SockaddrUnix{Name: socket}); err != nil {
		return -1, errors.Join(err, unix.Close(fd))
	}
	return fd, nil
}

// sendDescriptor sends a descriptor with some text.
func sendDescriptor(socket int, text string, fd int) error {
	return unix.Sendmsg(socket, []byte(text), unix.UnixRights(fd), nil, unix.MSG_NOSIGNAL)
}
