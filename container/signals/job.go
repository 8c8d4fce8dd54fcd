package signals

import (
	"errors"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/entry"
)

// jobStop is SIGTTIN or SIGTTOU where it means mydocker's job: a background one that
// uses the terminal. The kernel sends it to the whole process group, and so does
// mydocker (see stdio.Foreground), which has the signals blocked to see to its command first.
type jobStop syscall.Signal

// String and Signal implement os.Signal.
func (j jobStop) String() string { return syscall.Signal(j).String() }

// Signal implements os.Signal.
func (j jobStop) Signal() {}

// fromOutside returns what a signal that was read is to Forward; nil if it is nothing.
func fromOutside(info *unix.SignalfdSiginfo) os.Signal {
	const byTimer = -2 // SI_TIMER of sigaction(2)
	const byKernel = 0x80
	sig, own := syscall.Signal(info.Signo), int(info.Pid) == os.Getpid()
	switch {
	case sig == unix.SIGXFSZ && own: // mydocker itself has written more than RLIMIT_FSIZE, into the log
		return nil
	case sig == unix.SIGCONT && info.Code == byTimer: // see wakeup
		return nil
	case (sig == unix.SIGTTIN || sig == unix.SIGTTOU) && (own || info.Code == byKernel):
		return jobStop(sig)
	}
	return sig
}

// stopJob stops the command and mydocker, as suspend does, until the shell lets both go
// on, or a limit on time does. Who is to end does not stop.
func (s *Signals) stopJob(p Process, terminal Terminal, sig syscall.Signal) error {
	s.stop.Lock()
	defer s.stop.Unlock()
	if p.Ended() || s.asked.Load() != 0 || terminal.Foreground() {
		return nil
	}
	return s.stopBoth(p, terminal, func() error { return stopBy(sig) })
}

// stopBy stops this process by a signal that is blocked, and returns when it goes on.
func stopBy(sig syscall.Signal) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if !entry.HasBlocked() {
		return unix.Tgkill(os.Getpid(), unix.Gettid(), unix.SIGSTOP)
	}
	return errors.Join(unix.Tgkill(os.Getpid(), unix.Gettid(), sig), unblockOnce(1<<(sig-1)))
}
