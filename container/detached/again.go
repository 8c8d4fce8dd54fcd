package detached

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/entry"
	"github.com/mydocker/mydocker/utils"
)

// ExecuteAgain replaces the supervisor's process image by a new one, for the next run: what this one
// has opened and allocated goes, while the lock, the listening socket and those of a service manager stay.
func ExecuteAgain(stateDir, id string, lock, listening *os.File, sockets []int) error {
	defer runtime.KeepAlive(lock) // what the collector finds unused it closes, before the execve
	defer runtime.KeepAlive(listening)
	control, err := utils.Descriptor(listening)
	if err != nil {
		return err
	}
	for _, fd := range append([]int{LockFD, control}, sockets...) {
		if err := inherit(fd); err != nil {
			return err
		}
	}
	if err := entry.Default(); err != nil {
		return err
	}
	// No file gets another number: the runtime may have that for its own, and needs it until the execve.
	args := append(superviseArgs(stateDir, id, AgainWord, len(sockets)), strconv.Itoa(control))
	return entry.WithCallersMask(utils.WithSignalMask, func() error {
		return os.NewSyscallError("execve", syscall.Exec("/proc/self/exe", args, os.Environ()))
	})
}

// IdleWords are the arguments of a supervisor that waits, before the Go runtime, for something to do:
// for files to be read, or a signal. handed is a descriptor of what it has to know afterwards, signals
// the pipe with those that nobody has looked at, and limit when a limit on time is to be looked at (see
// package entry).
func IdleWords(stateDir, id string, sockets, handed, signals int, limit int64, watched []int) ([]string, error) {
	if len(watched) > entry.MaxWatched {
		return nil, fmt.Errorf("wait for %d files, and %d can be", len(watched), entry.MaxWatched)
	}
	words := superviseArgs(stateDir, id, entry.IdleWord, sockets)
	words = append(words, strconv.Itoa(handed), strconv.FormatUint(entry.CallersMask(), 16), strconv.Itoa(signals), strconv.FormatInt(limit, 10))
	for _, fd := range watched {
		words = append(words, strconv.Itoa(fd))
	}
	return words, nil
}

func inherit(fd int) error {
	_, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, 0)
	return os.NewSyscallError("fcntl", err)
}
