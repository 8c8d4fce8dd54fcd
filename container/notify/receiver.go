package notify

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// Receiver is a socket at which a container's command says that it is ready. Nothing else that comes
// there counts, and descriptors that come with a message the kernel closes: there is no room for them.
type Receiver struct{ fd int }

// Receive makes the socket in a directory, in the place of one that is left there.
func Receive(dir string) (*Receiver, error) {
	if err := utils.Ignore(os.Remove(filepath.Join(dir, SocketName)), fs.ErrNotExist); err != nil {
		return nil, err
	}
	fd, err := bind(dir)
	if err != nil {
		return nil, err
	}
	return &Receiver{fd}, nil
}

// Close closes it. Its file stays.
func (r *Receiver) Close() error { return unix.Close(r.fd) }

// Await waits until the command says that it is ready, or the process of a pidfd has ended: then what
// it said before is there.
func (r *Receiver) Await(pidfd int) (ready bool, err error) {
	files := []unix.PollFd{{Fd: int32(r.fd), Events: unix.POLLIN}, {Fd: int32(pidfd), Events: unix.POLLIN}}
	for ended := false; !ended && !ready && err == nil; {
		if _, err = utils.Retry(func() (int, error) { return unix.Poll(files, -1) }); err != nil {
			return false, os.NewSyscallError("poll", err)
		}
		ended = files[1].Revents != 0
		ready, err = r.read()
	}
	return ready, err
}

// read takes the messages that wait, until one that says it.
func (r *Receiver) read() (ready bool, err error) {
	buffer := make([]byte, maxMessage+1)
	for range maxWaiting {
		n, err := utils.Retry(func() (int, error) {
			n, _, err := unix.Recvfrom(r.fd, buffer, 0)
			return n, err
		})
		if err == unix.EAGAIN {
			return false, nil
		}
		if err != nil {
			return false, os.NewSyscallError("recvfrom", err)
		}
		if n <= maxMessage && saysReady(string(buffer[:n])) {
			return true, nil
		}
	}
	return false, nil
}

func saysReady(message string) bool { return slices.Contains(strings.Split(message, "\n"), Ready) }

// barrierTimeout is how long, in milliseconds, a manager is waited for that may know no barriers. runc
// and crun have the same.
const barrierTimeout = 30_000

// Barrier waits until the manager has read what was sent before (sd_notify_barrier(3)): of a process
// that has ended it does not find out whose it was.
func Barrier(socket string) error {
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		return os.NewSyscallError("pipe", err)
	}
	err := errors.Join(send(socket, barrier, ends[1:]), unix.Close(ends[1]))
	if err == nil {
		files := []unix.PollFd{{Fd: int32(ends[0])}}
		_, err = utils.Retry(func() (int, error) { return unix.Poll(files, barrierTimeout) })
	}
	return errors.Join(err, unix.Close(ends[0]))
}
