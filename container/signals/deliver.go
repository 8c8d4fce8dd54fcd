package signals

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// HangUp does what the kernel does to a session whose terminal is gone, and
// what PID 1 would not notice.
func (s *Signals) HangUp(p Process) { s.report(s.deliver(p, unix.SIGHUP)) }

// Deliver sends a signal that somebody else was sent.
func (s *Signals) Deliver(p Process, sig syscall.Signal) error { return s.deliver(p, sig) }

// deliver sends sig to the command. As PID 1 of its namespace the command
// never sees a signal that it neither handles nor ignores: the kernel drops it
// (pid_namespaces(7)). Where its default is to terminate, the container ends
// as any other process would.
//
// What the keyboard sends goes to the command's whole process group, as it
// would from a terminal: a shell catches Ctrl-C and leaves it to the program
// that it waits for to end.
func (s *Signals) deliver(p Process, sig syscall.Signal) error {
	send := p.Signal
	if sig == unix.SIGINT || sig == unix.SIGQUIT {
		send = p.SignalGroup
	}
	if p.Reaper() || !Terminates(sig) { // the command is no PID 1
		return send(sig)
	}
	program := programOf(p.Pid())
	effect := s.effectOf(p, sig, time.Now().Add(observeTimeout))
	switch effect {
	case fatal:
		return s.end(p, sig)
	case awaited:
		return s.handOver(p, sig, send)
	}
	if err := send(sig); err != nil {
		return err
	}
	if effect == blocked {
		s.watch(p, sig)
		return nil
	}
	return s.afterExec(p, sig, program)
}

// afterExec ends a container whose command has executed another program while a signal
// was on its way, as a shell does at its last command: the handler that the signal was
// sent for is gone, and the kernel has dropped it.
func (s *Signals) afterExec(p Process, sig syscall.Signal, program string) error {
	deadline := time.Now().Add(observeTimeout)
	if executed(p.Pid(), sig, program, deadline) && s.effectOf(p, sig, deadline) == fatal {
		return s.end(p, sig)
	}
	return nil
}

// handOver sends a signal to a command that sleeps in sigwait(3). The kernel drops it
// there, too, if the command has not blocked it before, as it should have (sigwait(3)).
// Then nothing has woken the thread; otherwise it is awake when send returns.
func (s *Signals) handOver(p Process, sig syscall.Signal, send func(syscall.Signal) error) error {
	was, before := look(p.Pid(), sig)
	if err := send(sig); err != nil {
		return err
	}
	is, after := look(p.Pid(), sig)
	if was == awaited && is == awaited && after.continues(before) {
		return s.end(p, sig)
	}
	return nil
}

// effectOf says what sig would do to the command if it were not PID 1. Only where the
// kernel does not tell whether the command sleeps in sigwait(3), it touches it: it
// stops it once, which takes it out of there.
func (s *Signals) effectOf(p Process, sig syscall.Signal, deadline time.Time) effect {
	now := observe(p.Pid(), sig, deadline)
	if now != hidden {
		return now
	}
	s.stop.Lock()
	defer s.stop.Unlock()
	if err := p.Signal(unix.SIGSTOP); err != nil {
		return taken
	}
	if now = observe(p.Pid(), sig, time.Now().Add(observeTimeout)); now == blocked {
		now = taken // it was there
	}
	if now != fatal {
		s.report(p.Signal(unix.SIGCONT))
	}
	return now
}

func (s *Signals) report(err error) {
	if err != nil {
		s.failed(err)
	}
}

// end ends the container because of sig.
func (s *Signals) end(p Process, sig syscall.Signal) error {
	select {
	case s.killer <- sig:
	default: // one is enough
	}
	return p.Signal(unix.SIGKILL)
}

// Ending is the command's end as it was meant: by the signal that the container
// was ended for, and not by the SIGKILL that did it.
func (s *Signals) Ending(status unix.WaitStatus) unix.WaitStatus {
	select {
	case sig := <-s.killer:
		if status.Signaled() && status.Signal() == unix.SIGKILL {
			return unix.WaitStatus(sig)
		}
	default:
	}
	return status
}

// Terminates reports whether sig ends a process by default (signal(7)).
func Terminates(sig syscall.Signal) bool {
	switch sig {
	case unix.SIGCHLD, unix.SIGCONT, unix.SIGSTOP, unix.SIGTSTP, unix.SIGTTIN,
		unix.SIGTTOU, unix.SIGURG, unix.SIGWINCH:
		return false
	}
	return true
}
