package stdio

import (
	"errors"
	"io"
	"os"
	"slices"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// ReadHeld waits until there is something to read and reads it. It locks moving before it takes
// anything from the file: while somebody else has that, all stays there. It returns with moving
// locked, and who has passed on what was read unlocks it.
func ReadHeld(file *os.File, moving *sync.Mutex, buffer []byte) (n int, err error) {
	locked := false
	raw, err := file.SyscallConn()
	if err == nil {
		var failed error
		err = raw.Read(func(fd uintptr) bool {
			moving.Lock()
			n, failed = utils.Retry(func() (int, error) { return unix.Read(int(fd), buffer) })
			if locked = failed != unix.EAGAIN; !locked {
				moving.Unlock()
			}
			return locked
		})
		if err == nil {
			err = failed
		}
	}
	if !locked {
		moving.Lock()
	}
	if n = max(n, 0); n == 0 && err == nil {
		err = io.EOF
	}
	return n, err
}

// neverWait has a read of a file return at once: the runtime waits for it, with nothing locked.
// Somebody may have called Fd, which has reads wait.
func neverWait(file *os.File) error {
	raw, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) { failed = unix.SetNonblock(int(fd), true) })
	return errors.Join(err, os.NewSyscallError("fcntl", failed))
}

// Hold keeps all that comes where it is, until release is called. It does nothing, and returns false,
// while something is on its way.
func (s *Stdio) Hold() (release func(), ok bool) {
	var all []*sync.Mutex
	for _, t := range slices.Concat(s.inputs, s.outputs) {
		all = append(all, t.moving)
	}
	return HoldAll(all)
}

// HoldAll locks all mutexes, if nobody has one of them.
func HoldAll(all []*sync.Mutex) (release func(), ok bool) {
	var held []*sync.Mutex
	release = func() {
		for _, moving := range held {
			moving.Unlock()
		}
	}
	for _, moving := range all {
		if !moving.TryLock() {
			release()
			return nil, false
		}
		held = append(held, moving)
	}
	return release, true
}

// Terminal are both ends of the command's pseudo-terminal; there is none where slave is less than 0.
func (s *Stdio) Terminal() (master *os.File, slave int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.master, s.slave
}
