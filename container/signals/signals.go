// Package signals passes mydocker's signals on to a container's command, and ends
// a container by a signal.
package signals

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/entry"
	"github.com/mydocker/mydocker/utils"
)

// Signals passes mydocker's signals on to the command.
//
// Most of them are blocked from the start (see package entry) and wait in the
// kernel until the command runs. The Go runtime does not let those that end a
// program stay blocked: they are caught by a handler of our own, from the start too.
// Nothing is ever undone, since the process ends anyway.
type Signals struct {
	caught   chan os.Signal
	ending   int                 // the read end of the pipe that the handler writes to
	blocked  int                 // a signalfd(2)
	stopping int                 // one for SIGTSTP, which is never read: see suspend
	all      int                 // an epoll(7) of these three
	killer   chan syscall.Signal // the signal that the kernel would have dropped
	after    chan<- os.Signal    // gets one that comes when the command has ended; may be nil
	failed   func(error)         // is told of a signal that could not be passed on
	// stop is held while the command is stopped: who lets it go on takes the stop of
	// anybody else back, too.
	stop    sync.Mutex
	watched watched
	passing passing
	keepAll bool // signals are not passed on
	asked   atomic.Int32
	// Limits on time: when one is reached, and when one may be.
	deadline, look wakeup
}

// Process is a container's init process as far as signals go.
type Process interface {
	Pid() int
	// Reaper reports whether the command is its child and not PID 1 itself.
	Reaper() bool
	Signal(syscall.Signal) error
	SignalGroup(syscall.Signal) error
	// Ended reports whether it has been waited for, Finished whether it could be.
	Ended() bool
	Finished() bool
}

// Terminal is the caller's, while the container has one of its own.
type Terminal interface {
	// Foreground reports whether mydocker's job has it.
	Foreground() bool
	Resize() error
	Pause() error
	Resume() error
}

// New returns what catches and passes on nothing yet. after and failed are told of
// what cannot be passed on.
func New(keepAll bool, after chan<- os.Signal, failed func(error)) *Signals {
	return &Signals{
		caught:  make(chan os.Signal, 64),
		killer:  make(chan syscall.Signal, 1),
		after:   after,
		failed:  failed,
		keepAll: keepAll,
	}
}

// Catch begins to catch signals, or says why one could still end mydocker.
func (s *Signals) Catch() error {
	if !entry.HasBlocked() {
		s.notify(entry.Ending | entry.Rare | entry.Blocked)
		return nil
	}
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		return fmt.Errorf("create a pipe for signals: %w", err)
	}
	s.ending = ends[0]
	if err := unix.SetNonblock(ends[1], true); err != nil { // the handler must not wait
		return fmt.Errorf("fcntl(O_NONBLOCK): %w", err)
	}
	if errno := entry.Catch(ends[1]); errno != 0 {
		return fmt.Errorf("catch signals: %w", errno)
	}
	return nil
}

// Unread is the pipe of the handler, for the next process image of this process: what is in it nobody
// has looked at. A read of it does not wait.
func (s *Signals) Unread() (int, error) {
	return s.ending, os.NewSyscallError("fcntl", unix.SetNonblock(s.ending, true))
}

// Watch opens what the signals are read from, before there is a command to pass them
// on to. SIGTSTP is told of only when it comes (EPOLLET): it stays where it is for a
// while.
func (s *Signals) Watch() (err error) {
	if !entry.HasBlocked() {
		return nil
	}
	s.passing.taking.Lock() // until those that came early are taken
	if s.blocked, err = signalFile(entry.Blocked &^ stopSet); err != nil {
		return err
	}
	if s.stopping, err = signalFile(stopSet); err != nil {
		return err
	}
	if s.all, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return fmt.Errorf("epoll_create1: %w", err)
	}
	for _, source := range []unix.EpollEvent{
		{Fd: int32(s.ending), Events: unix.EPOLLIN},
		{Fd: int32(s.blocked), Events: unix.EPOLLIN},
		{Fd: int32(s.stopping), Events: unix.EPOLLIN | unix.EPOLLET},
	} {
		if err := unix.EpollCtl(s.all, unix.EPOLL_CTL_ADD, int(source.Fd), &source); err != nil {
			return fmt.Errorf("epoll_ctl: %w", err)
		}
	}
	return nil
}

// signalFile returns a signalfd(2) for those of a set that the caller has not blocked.
func signalFile(set uint64) (int, error) {
	mask := signalSet(set &^ entry.CallersMask())
	fd, err := unix.Signalfd(-1, &mask, unix.SFD_CLOEXEC)
	if err != nil {
		return -1, fmt.Errorf("signalfd: %w", err)
	}
	return fd, nil
}

func signalSet(set uint64) (mask unix.Sigset_t) {
	*(*uint64)(unsafe.Pointer(&mask)) = set
	return mask
}

// notify catches the signals of a set. It leaves alone SIGHUP and SIGINT where the
// caller had mydocker ignore them, as nohup does; of others the Go runtime does not
// know.
func (s *Signals) notify(set uint64) {
	for sig := syscall.Signal(1); set>>(sig-1) != 0; sig++ {
		if set>>(sig-1)&1 == 1 && !signal.Ignored(sig) {
			signal.Notify(s.caught, sig)
		}
	}
}

// Forward passes signals on for as long as the process lives.
func (s *Signals) Forward(p Process, terminal Terminal) {
	if entry.HasBlocked() {
		go s.read()
	}
	for caught := range s.caught {
		s.forward(p, terminal, caught)
		s.passing.done()
	}
}

func (s *Signals) forward(p Process, terminal Terminal, caught os.Signal) {
	if stop, is := caught.(jobStop); is {
		s.report(s.stopJob(p, terminal, syscall.Signal(stop)))
		return
	}
	sig, ok := caught.(syscall.Signal)
	if !ok {
		return
	}
	if entry.Ending>>(sig-1)&1 == 1 {
		s.asked.Store(int32(sig))
	}
	if Terminates(sig) && p.Ended() {
		s.keep(sig)
		return
	}
	var err error
	switch sig {
	case unix.SIGTSTP:
		err = s.suspend(p, terminal)
	case unix.SIGWINCH:
		if err = terminal.Resize(); err == nil {
			err = p.Signal(sig)
		}
	default:
		err = s.pass(p, sig)
	}
	s.report(err)
}

// keep keeps a signal for which there is no command any more.
func (s *Signals) keep(sig syscall.Signal) {
	select {
	case s.after <- sig:
	default: // one is enough, or nobody wants to know
	}
}

// pass does with a signal what was asked for: it is the command's, or ends
// mydocker if it ends a program, and so the container. There is no daemon that it
// could be left to.
func (s *Signals) pass(p Process, sig syscall.Signal) error {
	switch {
	case !s.keepAll:
		return s.deliver(p, sig)
	case Terminates(sig):
		return s.end(p, sig)
	}
	return nil
}

// read takes the blocked signals from the kernel, and the others from the handler,
// those first that came before it had where to write them. Either way they begin with
// their number. A SIGTSTP it leaves there.
func (s *Signals) read() {
	early := entry.Early()
	for sig := syscall.Signal(1); early>>(sig-1) != 0; sig++ {
		if early>>(sig-1)&1 == 1 {
			s.take(sig)
		}
	}
	s.passing.taking.Unlock()
	var events [3]unix.EpollEvent
	for {
		count, err := utils.Retry(func() (int, error) { return unix.EpollWait(s.all, events[:], -1) })
		s.passing.taking.Lock()
		for _, event := range events[:max(count, 0)] {
			if fd := int(event.Fd); fd == s.stopping {
				s.take(unix.SIGTSTP)
			} else {
				err = errors.Join(err, s.readOne(fd))
			}
		}
		s.passing.taking.Unlock()
		if err != nil {
			s.report(fmt.Errorf("read signals: %w", err))
			return
		}
	}
}

func (s *Signals) readOne(fd int) error {
	var info unix.SignalfdSiginfo // as large as a siginfo_t
	_, err := utils.Retry(func() (int, error) {
		return unix.Read(fd, (*[unsafe.Sizeof(info)]byte)(unsafe.Pointer(&info))[:])
	})
	if err != nil {
		return err
	}
	if sig := fromOutside(&info); sig != nil {
		s.take(sig)
	}
	return nil
}
