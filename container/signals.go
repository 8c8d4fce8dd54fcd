package container

import (
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"mydocker/utils"
)

// ending are the signals that people and service managers end a program with.
func ending() []syscall.Signal {
	return []syscall.Signal{unix.SIGTERM, unix.SIGINT, unix.SIGHUP, unix.SIGQUIT}
}

// others are all other signals that can be caught, but for SIGCHLD, SIGPIPE
// and SIGURG, which are about mydocker itself (SIGURG is the Go runtime's own),
// SIGTTIN and SIGTTOU, which stop a background job that uses the terminal, and
// 32 and 33, which the C library keeps.
func others() []syscall.Signal {
	const lastSignal = 64 // SIGRTMAX
	var signals []syscall.Signal
	for sig := unix.SIGHUP; sig <= lastSignal; sig++ {
		switch sig {
		case unix.SIGTERM, unix.SIGINT, unix.SIGHUP, unix.SIGQUIT,
			unix.SIGKILL, unix.SIGSTOP, unix.SIGCHLD, unix.SIGPIPE, unix.SIGURG,
			unix.SIGTTIN, unix.SIGTTOU, 32, 33:
		default:
			signals = append(signals, sig)
		}
	}
	return signals
}

// signals catches mydocker's signals and passes them to the command.
//
// To enable one costs the Go runtime two thread switches, some 15 microseconds,
// so it is done beside the way of the start: the ending ones before anything
// is created, the others while init starts. Until then they do what they do to
// any program that has not got round to them: they end it. Nothing is ever
// disabled again, since that costs as much and the process ends anyway.
type signals struct {
	caught chan os.Signal
	ready  chan struct{}       // closed when the ending ones are caught
	killer chan syscall.Signal // the signal that the kernel would have dropped
}

// catchEnding begins to catch the signals that end a program.
func catchEnding() *signals {
	s := &signals{
		caught: make(chan os.Signal, 64),
		ready:  make(chan struct{}),
		killer: make(chan syscall.Signal, 1),
	}
	go func() {
		s.catch(ending())
		close(s.ready)
	}()
	return s
}

// catch leaves alone what the caller had mydocker ignore, as nohup does.
func (s *signals) catch(list []syscall.Signal) {
	for _, sig := range list {
		if !signal.Ignored(sig) {
			signal.Notify(s.caught, sig)
		}
	}
}

// Forward passes signals on for as long as the process lives.
func (s *signals) Forward(p *ParentProcess, io *stdio, report func(error)) {
	for caught := range s.caught {
		sig, ok := caught.(syscall.Signal)
		if !ok {
			continue
		}
		var err error
		switch sig {
		case unix.SIGTSTP:
			err = suspend(p, io)
		case unix.SIGWINCH:
			if err = io.Resize(); err == nil {
				err = p.Signal(sig)
			}
		default:
			err = s.deliver(p, sig)
		}
		if err != nil {
			report(err)
		}
	}
}

// deliver sends sig to the command. As PID 1 of its namespace the command
// never sees a signal that it neither handles nor ignores: the kernel drops it
// (pid_namespaces(7)). Where its default is to terminate, the container ends
// as any other process would.
func (s *signals) deliver(p *ParentProcess, sig syscall.Signal) error {
	if !terminates(sig) || handles(p.pid, sig) {
		return p.Signal(sig)
	}
	select {
	case s.killer <- sig:
	default: // one is enough
	}
	return p.Signal(unix.SIGKILL)
}

// Code is the exit code for status: it names the signal that the container
// was ended for and not the SIGKILL that did it.
func (s *signals) Code(status unix.WaitStatus) int {
	select {
	case sig := <-s.killer:
		if status.Signaled() && status.Signal() == unix.SIGKILL {
			return 128 + int(sig)
		}
	default:
	}
	return exitCode(status)
}

// terminates reports whether sig ends a process by default (signal(7)).
func terminates(sig syscall.Signal) bool {
	switch sig {
	case unix.SIGCHLD, unix.SIGCONT, unix.SIGSTOP, unix.SIGTSTP, unix.SIGTTIN,
		unix.SIGTTOU, unix.SIGURG, unix.SIGWINCH:
		return false
	}
	return true
}

// handles reports whether the process catches, ignores or blocks sig; a
// blocked signal is kept for sigwait(3) or signalfd(2). If that cannot be
// known, the process is taken to handle it.
func handles(pid int, sig syscall.Signal) bool {
	status, err := utils.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return true
	}
	return hasSignal(status, sig)
}

// hasSignal looks for sig in the masks of a /proc/PID/status file, which are
// hexadecimal with signal 1 as the lowest bit (proc_pid_status(5)).
func hasSignal(status string, sig syscall.Signal) bool {
	for _, line := range strings.Split(status, "\n") {
		key, value, _ := strings.Cut(line, ":")
		switch key {
		case "SigCgt", "SigIgn", "SigBlk":
			mask, err := strconv.ParseUint(strings.TrimSpace(value), 16, 64)
			if err == nil && mask&(1<<(sig-1)) != 0 {
				return true
			}
		}
	}
	return false
}

// suspend stops the command and mydocker, as Ctrl-Z does with a foreground
// job, and lets both go on when the shell says so (fg, bg). The command is in
// a session of its own, where the kernel ignores SIGTSTP (its process group is
// orphaned), so it gets SIGSTOP.
func suspend(p *ParentProcess, io *stdio) error {
	if err := p.SignalGroup(unix.SIGSTOP); err != nil {
		return err
	}
	if err := io.Pause(); err != nil {
		return err
	}
	// To this very thread: then the process has stopped when Tgkill returns.
	if err := unix.Tgkill(os.Getpid(), unix.Gettid(), unix.SIGSTOP); err != nil {
		return err
	}
	if err := io.Resume(); err != nil {
		return err
	}
	return p.SignalGroup(unix.SIGCONT)
}
