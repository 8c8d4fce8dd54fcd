package container

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/group"
	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/container/signals"
	"github.com/mydocker/mydocker/container/state"
)

// Supervised is what a supervisor adds to a run: the container is there before it, and stays.
type Supervised struct {
	// Container is its directory, which the supervisor has for itself.
	Container *state.Container
	// Started is called when the command was executed, and is not to wait.
	Started func(*Live)
	// Rows and Columns are the size of the terminal that it begins with, 0 for none.
	Rows, Columns uint16
	// Sockets are the descriptors of those that a service manager has given to who has started it.
	Sockets []int
}

// stays reports whether the container is there when its command has ended.
func (c *Config) stays() bool { return c.Keep || c.Supervised != nil }

// Live is a container whose command runs, for who looks after it.
type Live struct{ run *run }

// Pid is that of PID 1 on the host.
func (l *Live) Pid() int { return l.run.process.Pid() }

// Signal sends a signal to PID 1, as docker kill does.
func (l *Live) Signal(sig syscall.Signal) error { return l.run.process.Signal(sig) }

// Deliver sends a signal that somebody has sent to who is attached, as a run in the foreground does
// it: one that would end any other process ends PID 1, too.
func (l *Live) Deliver(sig syscall.Signal) error {
	p := l.run.process
	if sig == unix.SIGSTOP || sig == unix.SIGCONT { // Ctrl-Z, and fg
		return p.SignalGroup(sig)
	}
	return l.run.signals.Deliver(p, sig)
}

// Stop sends a signal to PID 1, and SIGKILL if the command has not ended when the time is over, which
// less than 0 is never. Where PID 1 drops the signal, for it has no handler, there is nothing to wait
// for. It returns without waiting for the end.
func (l *Live) Stop(sig syscall.Signal, timeout time.Duration, ended <-chan struct{}) error {
	p := l.run.process
	if sig == unix.SIGKILL || timeout == 0 {
		return p.Signal(unix.SIGKILL)
	}
	dropped := !p.Reaper() && signals.Drops(p.Pid(), sig)
	if err := p.Signal(sig); err != nil {
		return err
	}
	if dropped {
		return p.Signal(unix.SIGKILL)
	}
	if timeout < 0 {
		return nil
	}
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-ended:
		return nil
	case <-timer.C:
		return p.Signal(unix.SIGKILL)
	}
}

// Asked is the signal that the supervisor itself got, which ends a program, or 0.
func (l *Live) Asked() syscall.Signal { return l.run.signals.Asked() }

// Pause stops all of the container's processes, Resume lets them go on.
func (l *Live) Pause() error { return l.group().Freeze() }

// Resume is the reverse of Pause.
func (l *Live) Resume() error { return l.group().Thaw() }

// group is the container's cgroups by their directories.
func (l *Live) group() *group.Group { return group.Open(l.run.cgroupDirs()) }

// Update puts limits in force for those that it had.
func (l *Live) Update(resources *subsystems.ResourceConfig) error {
	return l.run.cgroups.Update(resources)
}

// Resize gives its terminal a size.
func (l *Live) Resize(rows, columns uint16) error { return l.run.stdio.SetSize(rows, columns) }

// Processes lists the processes in its cgroup.
func (l *Live) Processes() ([]int, error) { return l.run.cgroups.Processes() }
