package signals

import (
	"errors"
	"fmt"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// StopPause is the time between two looks at a container that is being ended.
const StopPause = 5 * time.Millisecond

// holdTime is how long a container is tried to be stopped that is faster than this. It
// is less if the deadline comes first.
const holdTime = 5 * time.Second

// EndAll sends sig to every process of the container; others lists them. All
// are stopped first, so that none forks its way out, and no shell goes on to its
// next command because its child had the signal first. The first is not waited for: it
// may sleep where it cannot be stopped (vfork(2), state D), and then does nothing else.
//
// A PID 1 that does nothing about the signal would never see it (deliver). It
// stays stopped instead, as good as dead, until the others have ended or the
// deadline has come. Its end is theirs, and they may have something to finish.
func (s *Signals) EndAll(p Process, others func() ([]int, error), sig syscall.Signal, deadline time.Time) error {
	now := taken
	if !p.Reaper() && Terminates(sig) {
		now = s.steady(p, sig, deadline)
	}
	s.stop.Lock()
	defer s.stop.Unlock()
	if err := p.Signal(unix.SIGSTOP); err != nil {
		return err
	}
	held := processes{}
	err := held.hold(p.Pid(), others, earlier(deadline, time.Now().Add(holdTime)))
	err = errors.Join(err, held.signal(sig), held.signal(unix.SIGCONT), held.close(len(held.members)))
	if now == fatal {
		for anyBut(p.Pid(), others) && time.Now().Before(deadline) {
			time.Sleep(StopPause)
		}
		return errors.Join(err, s.end(p, sig))
	}
	if !p.Reaper() { // it would pass on what the command has got
		err = errors.Join(err, p.Signal(sig))
	}
	if now == blocked {
		s.watch(p, sig)
	}
	return errors.Join(err, p.Signal(unix.SIGCONT))
}

// steady is what effectOf says, but of a command that blocks the signal not only for a
// moment.
func (s *Signals) steady(p Process, sig syscall.Signal, deadline time.Time) effect {
	deadline = earlier(deadline, time.Now().Add(observeTimeout))
	end := earlier(deadline, time.Now().Add(quietLimit))
	now := s.effectOf(p, sig, deadline)
	for now == blocked && time.Now().Before(end) {
		time.Sleep(shortPause)
		now = s.effectOf(p, sig, deadline)
	}
	return now
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// anyBut reports whether the list has a process other than first.
func anyBut(first int, list func() ([]int, error)) bool {
	pids, err := list()
	return err == nil && slices.ContainsFunc(pids, func(pid int) bool { return pid != first })
}

// spare is how many descriptors are left for others where the pidfds use them up.
const spare = 8

// processes are those that are to end, by their pids.
type processes struct {
	members map[int]*member
	noPidfd bool // there are no descriptors left
}

// member is one of them. Its pidfd is for this very process, even when its pid
// is another's already (pidfd_open(2), Linux 5.3).
type member struct {
	pidfd   int // -1 where there is none
	stopped bool
}

// hold stops every process that list names but first, until all are stopped and there is
// no new one, or until the deadline. A process is touched only if a list that was made
// after its pidfd has it: then it is the container's. One that cannot be stopped does not
// keep the others from it.
func (p *processes) hold(first int, list func() ([]int, error), deadline time.Time) error {
	var errs []error
	for quiet := false; !quiet; quiet = quiet || time.Now().After(deadline) {
		pids, err := list()
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		quiet = true
		for _, pid := range pids {
			if pid == first {
				continue
			}
			m, known := p.members[pid]
			quiet = quiet && known && m.stopped
			if !known {
				errs = append(errs, p.add(pid))
			} else if !m.stopped {
				m.stopped = true
				errs = append(errs, m.send(pid, unix.SIGSTOP))
			}
		}
	}
	return errors.Join(errs...)
}

// add adds a process. Without a pidfd (an older kernel, a seccomp filter that does
// not know it, no descriptor left) its pid has to do.
func (p *processes) add(pid int) (err error) {
	fd := -1
	if !p.noPidfd {
		fd, err = utils.PidfdOpen(pid)
	}
	switch err {
	case unix.ESRCH:
		return nil
	case unix.EMFILE, unix.ENFILE:
		p.noPidfd = true
		err = p.close(spare)
	default:
		err = nil
	}
	if p.members == nil {
		p.members = map[int]*member{}
	}
	p.members[pid] = &member{pidfd: fd}
	return err
}

// signal sends sig to all that are stopped.
func (p *processes) signal(sig syscall.Signal) error {
	var errs []error
	for pid, m := range p.members {
		if m.stopped {
			errs = append(errs, m.send(pid, sig))
		}
	}
	return errors.Join(errs...)
}

func (m *member) send(pid int, sig syscall.Signal) error {
	err := utils.AsOwner(pid, func() error {
		if m.pidfd >= 0 {
			return unix.PidfdSendSignal(m.pidfd, sig, nil, 0)
		}
		return unix.Kill(pid, sig)
	})
	if err != nil && err != unix.ESRCH {
		return fmt.Errorf("send %s to process %d: %w", utils.SignalName(sig), pid, err)
	}
	return nil
}

// close closes so many pidfds.
func (p *processes) close(count int) error {
	var errs []error
	for _, m := range p.members {
		if m.pidfd >= 0 && count > 0 {
			errs = append(errs, unix.Close(m.pidfd))
			m.pidfd = -1
			count--
		}
	}
	return errors.Join(errs...)
}
