package container

import (
	"errors"
	"os"

	"github.com/sirupsen/logrus"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups"
	"github.com/mydocker/mydocker/container/entry"
	"github.com/mydocker/mydocker/container/initproc"
	"github.com/mydocker/mydocker/container/overlay"
	"github.com/mydocker/mydocker/container/running"
	"github.com/mydocker/mydocker/container/stdio"
	"github.com/mydocker/mydocker/container/users"
	"github.com/mydocker/mydocker/utils"
)

// A supervisor that has nothing to do goes on as another process image, which waits before the Go
// runtime (see package entry), and as a third one when there is something to do. What the kernel
// keeps of a process stays: its pid, its children, and the descriptors that are handed on.

// Handed is what a run needs to go on in another process image. Descriptors are -1 where there is none.
type Handed struct {
	Pid      int
	Executed int64
	Cgroups  *cgroups.Handed
	// Record is the file by which exec finds the container.
	Record int
	// Master and Slave are the ends of the command's pseudo-terminal.
	Master, Slave int
	// Locks are files that have only to stay open until the end.
	Locks []int
	// ThrownAway is whether layers go at the end that one of them is of.
	ThrownAway bool
}

// ErrNotIdle says that there is something on its way.
const ErrNotIdle = utils.Sentinel("it is not idle")

// NeedsNoOne reports whether nothing will happen to the container that nobody asks for, but its end,
// its output, and what is due (Due): no socket of a service manager that its command writes to. Before
// Linux 5.11 an execve of a process with several threads drops its locks of fcntl(2), and others would take
// its cgroups for leftovers.
func (l *Live) NeedsNoOne() bool {
	r := l.run
	kernel, err := utils.RunningKernel()
	return err == nil && kernel.AtLeast(utils.Kernel{Major: 5, Minor: 11}) && entry.HasBlocked() && r.managed.proxy == nil && r.teller == nil
}

// HandOver executes mydocker with the words that execute returns, which is told of the run, and of the
// pipe with signals that nobody has looked at. Descriptors that are among kept, and the run's own,
// stay open. It returns only if that fails, and then the run goes on.
func (l *Live) HandOver(execute func(handed *Handed, signals int) (words []string, kept []int, err error)) error {
	r := l.run
	if !r.cleared.Load() {
		return ErrNotIdle
	}
	release, ok := r.stdio.Hold()
	if !ok {
		return ErrNotIdle
	}
	defer release()
	releaseSignals, ok := r.signals.Hold()
	if !ok {
		return ErrNotIdle
	}
	defer releaseSignals()
	if !r.expiring.TryLock() {
		return ErrNotIdle
	}
	defer r.expiring.Unlock()
	if l.Asked() != 0 { // no policy starts it again then, and only this process image knows
		return ErrNotIdle
	}
	return r.process.WhileRunning(func() error {
		handed, err := r.handOver()
		if err != nil {
			return err
		}
		signals, err := r.signals.Unread()
		if err != nil {
			return err
		}
		words, kept, err := execute(handed, signals)
		if err != nil {
			return err
		}
		kept = append(append(kept, signals), handed.files()...)
		if err := keepOpen(kept, true); err != nil {
			return errors.Join(err, keepOpen(kept, false))
		}
		return errors.Join(r.cloner.Execute(words, os.Environ()), keepOpen(kept, false))
	})
}

// files are the descriptors that are handed on.
func (h *Handed) files() (fds []int) {
	for _, fd := range append(h.Cgroups.Locks(), append(h.Locks, h.Record, h.Master, h.Slave)...) {
		if fd >= 0 {
			fds = append(fds, fd)
		}
	}
	return fds
}

// keepOpen has descriptors be open after an execve, or not.
func keepOpen(fds []int, open bool) error {
	flags := unix.FD_CLOEXEC
	if open {
		flags = 0
	}
	for _, fd := range fds {
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, flags); err != nil {
			return os.NewSyscallError("fcntl", err)
		}
	}
	return nil
}

func (r *run) handOver() (h *Handed, err error) {
	h = &Handed{Pid: r.process.Pid(), Executed: r.executed, Cgroups: r.cgroups.HandOver(), ThrownAway: r.thrownAway, Record: -1, Master: -1, Slave: -1}
	if r.record != nil {
		h.Record = r.record.FD()
	}
	for _, lock := range r.locks {
		fd, err := utils.Descriptor(lock)
		if err != nil {
			return nil, err
		}
		h.Locks = append(h.Locks, fd)
	}
	if r.stdio.HasTerminal() {
		var master *os.File
		if master, h.Slave = r.stdio.Terminal(); h.Slave < 0 {
			return nil, ErrNotIdle // nobody has it open any more
		}
		h.Master, err = utils.Descriptor(master)
	}
	return h, err
}

// Resume is Run for a command that an earlier process image has started. thread is the one that the
// container ends with: the first of the process.
func Resume(config *Config, streams stdio.Streams, handed *Handed, thread *utils.Thread, log *logrus.Logger) (int, error) {
	if err := keepOpen(handed.files(), false); err != nil {
		return 0, err
	}
	r := newRun(config, streams, log)
	r.cloner = initproc.OnThread(thread)
	return r.do([]step{
		{"take the cgroups over", func(r *run) error { return r.takeCgroups(handed) }, nil},
		{"catch signals", func(r *run) error { return errors.Join(r.signals.Catch(), r.signals.Watch()) }, nil},
		{"take the streams over", func(r *run) error { return r.takeStreams(handed) }, nil},
		{"take the command over", func(r *run) error { return r.takeCommand(handed) }, nil},
		{"take the limits on time over", (*run).watchTime, nil},
		{stepWait, (*run).waitForCommand, nil},
	})
}

func (r *run) takeCgroups(h *Handed) error {
	r.id = r.config.Supervised.Container.ID
	r.tellUnmounted()
	for _, fd := range h.Locks {
		lock := os.NewFile(uintptr(fd), "lock")
		r.locks = append(r.locks, lock)
		r.undo.Add(lock.Close)
	}
	if r.thrownAway = h.ThrownAway; r.thrownAway {
		r.undo.Add(func() error { return overlay.Remove(r.config.Root.State, r.id, users.RemoveInside) })
	}
	r.cgroups = cgroups.TakeOver(h.Cgroups, r.log)
	r.config.Resources = r.cgroups.Resource
	r.destroyCgroups()
	return nil
}

func (r *run) takeStreams(h *Handed) (err error) {
	plan, _ := r.planStreams()
	if r.stdio, err = stdio.Open(r.streams, plan, stdio.Options{Interactive: r.takesInput(), CanHold: true}); err != nil {
		return err
	}
	r.undo.Add(r.stdio.Close)
	if h.Master < 0 {
		return nil
	}
	return r.stdio.Take(os.NewFile(uintptr(h.Master), "/dev/ptmx"), h.Slave)
}

func (r *run) takeCommand(h *Handed) (err error) {
	r.process = initproc.TakeOver(h.Pid, r.config.Init)
	r.undo.Add(r.process.Close)
	r.removePIDFile()
	if h.Record >= 0 {
		if r.record, err = running.TakeOver(r.config.Supervised.Container.Dir, h.Record); err != nil {
			return err
		}
		r.undo.Add(r.record.Remove)
	}
	r.executed, r.ran = h.Executed, true
	r.cleared.Store(true)
	r.config.Report.Begin(h.Executed)
	r.config.Report.RunsOn(utils.Affinity(h.Pid))
	r.config.Supervised.Started(&Live{r})
	return nil
}
