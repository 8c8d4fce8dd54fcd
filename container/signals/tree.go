package signals

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// StopPause is the time between two looks at a container that is being ended.
const StopPause = 5 * time.Millisecond

// EndTree sends sig to every process of the container; others lists them. All
// are stopped first, so that none forks its way out, and no shell goes on to its
// next command because its child had the signal first.
//
// A PID 1 that does nothing about the signal would never see it (deliver). It
// stays stopped instead, as good as dead, until the others have ended or the
// deadline has come. Its end is theirs, and they may have something to finish.
func (s *Signals) EndTree(p Process, others func() ([]int, error), sig syscall.Signal, deadline time.Time) error {
	s.probe.Lock()
	defer s.probe.Unlock()
	status, err := stop(p)
	if err != nil {
		return err
	}
	held := tree{}
	err = errors.Join(held.hold(p.Pid(), others, deadline), held.signal(sig), held.signal(unix.SIGCONT), held.close())
	if p.Reaper() { // it would pass on what the command has got
		return errors.Join(err, p.Signal(unix.SIGCONT))
	}
	if status == "" || !terminates(sig) || hasSignal(status, sig, "SigCgt", "SigIgn", "SigBlk") {
		return errors.Join(err, p.Signal(sig), p.Signal(unix.SIGCONT))
	}
	for anyBut(p.Pid(), others) && time.Now().Before(deadline) {
		time.Sleep(StopPause)
	}
	return errors.Join(err, s.end(p, sig))
}

// anyBut reports whether the list has a process other than first.
func anyBut(first int, list func() ([]int, error)) bool {
	pids, err := list()
	return err == nil && slices.ContainsFunc(pids, func(pid int) bool { return pid != first })
}

// tree holds processes by their pids.
type tree map[int]*member

// member is one of them. Its pidfd is for this very process, even when its pid
// is another's already (pidfd_open(2), Linux 5.3).
type member struct {
	pidfd   int // -1 where the kernel has none
	stopped bool
}

// hold stops every process that list names but first, again and again until
// all are, and there is no new one, or the deadline has come. A process is not touched before
// a list that was made after its pidfd has it, too: then it is the container's.
func (t tree) hold(first int, list func() ([]int, error), deadline time.Time) error {
	for {
		pids, err := list()
		if err != nil {
			return err
		}
		quiet := true
		for _, pid := range pids {
			if pid == first {
				continue
			}
			m, known := t[pid]
			quiet = quiet && known && m.stopped
			if !known {
				if err := t.add(pid); err != nil {
					return err
				}
			} else if !m.stopped {
				m.stopped = true
				if err := m.send(pid, unix.SIGSTOP); err != nil {
					return err
				}
			}
		}
		if quiet || time.Now().After(deadline) {
			return nil
		}
	}
}

func (t tree) add(pid int) error {
	fd, err := unix.PidfdOpen(pid, 0)
	switch err {
	case nil:
	case unix.ESRCH:
		return nil
	case unix.ENOSYS, unix.EPERM: // an older kernel, a seccomp filter that does not know it
		fd = -1
	default:
		return os.NewSyscallError("pidfd_open", err)
	}
	t[pid] = &member{pidfd: fd}
	return nil
}

// signal sends sig to all that are stopped.
func (t tree) signal(sig syscall.Signal) error {
	var errs []error
	for pid, m := range t {
		if m.stopped {
			errs = append(errs, m.send(pid, sig))
		}
	}
	return errors.Join(errs...)
}

func (m *member) send(pid int, sig syscall.Signal) error {
	var err error
	if m.pidfd >= 0 {
		err = unix.PidfdSendSignal(m.pidfd, sig, nil, 0)
	} else {
		err = unix.Kill(pid, sig)
	}
	if err != nil && err != unix.ESRCH {
		return fmt.Errorf("send %s to process %d: %w", unix.SignalName(sig), pid, err)
	}
	return nil
}

func (t tree) close() error {
	var errs []error
	for _, m := range t {
		if m.pidfd >= 0 {
			errs = append(errs, unix.Close(m.pidfd))
		}
	}
	return errors.Join(errs...)
}
