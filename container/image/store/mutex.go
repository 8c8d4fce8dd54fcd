package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/utils"
)

// openMutex opens the file of the mutex. A store that is only read gets none.
func (s *Store) openMutex(create bool) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.mutexFile != nil {
		return nil
	}
	flags := unix.O_RDONLY | unix.O_NOFOLLOW | unix.O_CLOEXEC
	if create {
		flags |= unix.O_CREAT
	}
	file, err := openFile(s.path(image.MutexFile), flags)
	if err != nil {
		return err
	}
	s.mutexFile = file
	return nil
}

// look is decide for who changes nothing: it works on a store that cannot be written to. It
// locks out others that look, too, for it tries the locks of images.
func (s *Store) look(f func() error) error {
	if err := s.openMutex(false); errors.Is(err, fs.ErrNotExist) {
		return f() // nothing was ever written
	} else if err != nil {
		return err
	}
	return s.decide(f)
}

// decide runs f while nobody else decides anything. What f does takes milliseconds.
func (s *Store) decide(f func() error) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if err := flock(s.mutexFile, unix.LOCK_EX); err != nil {
		return fmt.Errorf("lock %s: %w", s.mutexFile.Name(), err)
	}
	return errors.Join(f(), flock(s.mutexFile, unix.LOCK_UN)) // see release
}

// release gives the lock of a file up, and closes it. A child that is just being made has the
// file, too, until its execve: closing alone would not unlock it.
func release(file *os.File) error { return errors.Join(flock(file, unix.LOCK_UN), file.Close()) }

// flock is flock(2), which a signal does not interrupt.
func flock(file *os.File, how int) error { return utils.Flock(int(file.Fd()), how) }

// tryLock reports whether it got the lock.
func tryLock(file *os.File, how int) (bool, error) {
	err := flock(file, how|unix.LOCK_NB)
	if err == unix.EWOULDBLOCK {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("lock %s: %w", file.Name(), err)
	}
	return true, nil
}
