package lifecycle

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/notify"
	"github.com/mydocker/mydocker/utils"
)

// notifyName is the directory that a container with a service manager sees. It is the caller's and
// nobody else may write there: a container that mounts it anew puts no other file in the socket's place.
const notifyName = "notify"

// makeNotify makes it, and has it be bound. The root of a user namespace could not enter the
// directories above.
func (c *creation) makeNotify() error {
	if c.plan.Notify == 0 {
		return nil
	}
	o := &c.plan.Message.Operations[c.plan.Notify]
	o.Source = filepath.Join(c.path, notifyName)
	const mode = 0o755
	dir := int(c.dir.Fd())
	err := unix.Mkdirat(dir, notifyName, mode)
	if err == nil {
		err = unix.Fchmodat(dir, notifyName, mode, 0) // whatever the umask is
	}
	if err == nil && c.plan.Namespaces.Has(specs.UserNamespace) {
		_, err = c.plan.OpenTree(o)
		err = utils.Ignore(err, unix.ENOSYS, unix.EPERM) // an ordinary user may not: init sees what the user does
	}
	if err != nil {
		err = &fs.PathError{Op: "make", Path: o.Source, Err: err}
	}
	return err
}

// readiness waits for a command to say that it is ready, and tells the service manager.
type readiness struct {
	manager  string // the socket of the service manager
	receiver *notify.Receiver
	pidfd    int // of init
	warn     func(error)
}

// bindNotify makes the socket, if there is a service manager now and was one when the container was
// created. The command, and hooks in the container, come later: nobody has touched the directory.
func (s *starting) bindNotify() error {
	if s.manager == "" {
		return nil
	}
	dir := filepath.Join(s.path, notifyName)
	receiver, err := notify.Receive(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	pidfd, err := s.PIDFD()
	if err == nil && pidfd < 0 {
		err = refuse("cannot start a container that has stopped")
	}
	if err != nil {
		return errors.Join(err, receiver.Close())
	}
	s.readiness = &readiness{s.manager, receiver, pidfd, s.warn}
	return nil
}

// handOver waits until the command is ready, or has ended. The manager learns by which process the
// service goes on, and has read that when it returns: who tells it ends then.
func (r *readiness) handOver(pid int) error {
	if r == nil {
		return nil
	}
	ready, err := r.receiver.Await(r.pidfd)
	if err == nil && ready { // the command runs, whatever the manager says
		told := notify.Send(r.manager, fmt.Sprintf("MAINPID=%d\n%s", pid, notify.Ready))
		if told == nil {
			told = notify.Barrier(r.manager)
		}
		if told != nil {
			r.warn(told)
		}
	}
	return errors.Join(err, r.Close())
}

// serve takes what the command says until it has ended. That it is ready is told once.
func (r *readiness) serve() {
	told := false
	for {
		ready, err := r.receiver.Await(r.pidfd)
		if err != nil {
			r.warn(err)
		}
		if !ready {
			return
		}
		if !told {
			told = true
			if err := notify.Send(r.manager, notify.Ready); err != nil {
				r.warn(err)
			}
		}
	}
}

// Close closes what it has open. There may be none.
func (r *readiness) Close() error {
	if r == nil {
		return nil
	}
	return errors.Join(r.receiver.Close(), unix.Close(r.pidfd))
}
