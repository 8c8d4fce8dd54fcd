package signals

import (
	"errors"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/entry"
	"github.com/mydocker/mydocker/utils"
)

// stopSet is the set of SIGTSTP alone.
const stopSet = 1 << (unix.SIGTSTP - 1)

// suspend stops the command and mydocker, as Ctrl-Z does with a foreground
// job, and lets both go on when the shell says so (fg, bg). The command is in
// a session of its own, where the kernel ignores SIGTSTP (its process group is
// orphaned), so it gets SIGSTOP.
func (s *Signals) suspend(p Process, terminal Terminal) error {
	s.stop.Lock()
	defer s.stop.Unlock()
	if p.Ended() || !s.stopPending() {
		return nil
	}
	return s.stopBoth(p, terminal, stopHere)
}

// stopBoth stops the command and, by stop, mydocker, and then lets the command go on.
func (s *Signals) stopBoth(p Process, terminal Terminal, stop func() error) error {
	err := errors.Join(s.look.pause(), p.SignalGroup(unix.SIGSTOP), terminal.Pause())
	return errors.Join(err, stop(), terminal.Resume(), p.SignalGroup(unix.SIGCONT))
}

// Asked returns the last signal that somebody has sent and that a program is ended with,
// whatever the command made of it, or 0.
func (s *Signals) Asked() syscall.Signal { return syscall.Signal(s.asked.Load()) }

// stopPending reports whether the last SIGTSTP has not been taken back.
func (s *Signals) stopPending() bool {
	if !entry.HasBlocked() {
		return true
	}
	source := []unix.PollFd{{Fd: int32(s.stopping), Events: unix.POLLIN}}
	count, err := utils.Retry(func() (int, error) { return unix.Poll(source, 0) })
	s.report(err)
	return count > 0
}

// stopHere stops this process and returns when it goes on. It lets the kernel deliver
// the SIGTSTP that has been pending until now, which a SIGCONT has taken back if it has
// come since (signal(7)); to send a SIGSTOP instead would discard that SIGCONT. As with
// any program, nothing stops where the caller ignores SIGTSTP, or in an orphaned
// process group, which nobody could let go on.
func stopHere() error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if !entry.HasBlocked() { // to this very thread: it has stopped when Tgkill returns
		return unix.Tgkill(os.Getpid(), unix.Gettid(), unix.SIGSTOP)
	}
	return unblockOnce(stopSet)
}

// unblockOnce has the kernel deliver to this thread what is pending of a set of signals.
func unblockOnce(signals uint64) error {
	set := signalSet(signals)
	return errors.Join(unix.PthreadSigmask(unix.SIG_UNBLOCK, &set, nil), unix.PthreadSigmask(unix.SIG_BLOCK, &set, nil))
}
