// Package signals passes mydocker's signals on to a container's command, and ends
// a container by a signal.
package signals

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/entry"
	"github.com/mydocker/mydocker/utils"
)

// settled is how long a command runs before the rare signals are caught too; a
// command that is shorter does without.
const settled = 20 * time.Millisecond

// Signals passes mydocker's signals on to the command.
//
// Most of them are blocked from the start (see package entry) and wait in the
// kernel until the command runs. The Go runtime does not let those that end a
// program stay blocked: the usual ones are caught by a handler of our own, before
// anything is created, and the rare ones with os/signal, when the command has run
// for a moment. Nothing is ever undone, since the process ends anyway.
type Signals struct {
	caught   chan os.Signal
	ending   int                 // the read end of the pipe that the handler writes to
	blocked  int                 // a signalfd(2)
	stopping int                 // one for SIGTSTP, which is never read: see suspend
	all      int                 // an epoll(7) of these three
	killer   chan syscall.Signal // the signal that the kernel would have dropped
	late     chan<- os.Signal    // gets one that comes when the command has ended; may be nil
	failed   func(error)         // is told of a signal that could not be passed on
	// probe is held while the command is stopped to look at it: who lets it go
	// on takes the stop of anybody else back, too.
	probe sync.Mutex
	kept  bool // signals are not passed on
}

// Process is a container's init process as far as signals go.
type Process interface {
	Pid() int
	// Reaper reports whether the command is its child and not PID 1 itself.
	Reaper() bool
	Signal(syscall.Signal) error
	SignalGroup(syscall.Signal) error
	// Ended reports whether it has been waited for.
	Ended() bool
}

// Terminal is the caller's, while the container has one of its own.
type Terminal interface {
	Resize() error
	Pause() error
	Resume() error
}

// New returns what catches and passes on nothing yet. late and failed are told of
// what cannot be passed on.
func New(kept bool, late chan<- os.Signal, failed func(error)) *Signals {
	return &Signals{
		caught: make(chan os.Signal, 64),
		killer: make(chan syscall.Signal, 1),
		late:   late,
		failed: failed,
		kept:   kept,
	}
}

// Catch begins to catch signals, or says why one could still end mydocker.
func (s *Signals) Catch() error {
	if !entry.HasBlocked() {
		s.notify(entry.Ending | entry.Blocked)
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
	if errno := entry.Catch(entry.Ending, ends[1]); errno != 0 {
		return fmt.Errorf("catch signals: %w", errno)
	}
	return nil
}

// Watch opens what the signals are read from, before there is a command to pass them
// on to. SIGTSTP is told of only when it comes (EPOLLET): it stays where it is for a
// while.
func (s *Signals) Watch() (err error) {
	if !entry.HasBlocked() {
		return nil
	}
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
	time.AfterFunc(settled, func() { s.notify(entry.Rare) })
	for caught := range s.caught {
		sig, ok := caught.(syscall.Signal)
		if !ok {
			continue
		}
		if terminates(sig) && p.Ended() {
			s.keep(sig)
			continue
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
}

// keep keeps a signal for which there is no command any more.
func (s *Signals) keep(sig syscall.Signal) {
	select {
	case s.late <- sig:
	default: // one is enough, or nobody wants to know
	}
}

// pass does with a signal what was asked for: it is the command's, or ends
// mydocker if it ends a program, and so the container. There is no daemon that it
// could be left to.
func (s *Signals) pass(p Process, sig syscall.Signal) error {
	switch {
	case !s.kept:
		return s.deliver(p, sig)
	case terminates(sig):
		return s.end(p, sig)
	}
	return nil
}

// read takes the blocked signals from the kernel, and the others from the handler.
// Either way they begin with their number. A SIGTSTP it leaves there.
func (s *Signals) read() {
	var events [3]unix.EpollEvent
	for {
		count, err := utils.Retry(func() (int, error) { return unix.EpollWait(s.all, events[:], -1) })
		for _, event := range events[:max(count, 0)] {
			if fd := int(event.Fd); fd == s.stopping {
				s.caught <- unix.SIGTSTP
			} else {
				err = errors.Join(err, s.readOne(fd))
			}
		}
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
	if err == nil {
		s.caught <- syscall.Signal(info.Signo)
	}
	return err
}

// HangUp does what the kernel does to a session whose terminal is gone, and
// what PID 1 would not notice.
func (s *Signals) HangUp(p Process) { s.report(s.deliver(p, unix.SIGHUP)) }

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
	if p.Reaper() || !terminates(sig) { // the command is no PID 1
		return send(sig)
	}
	s.probe.Lock()
	defer s.probe.Unlock()
	status := statusOf(p.Pid())
	if status == "" || stopped(status) || hasSignal(status, sig, "SigIgn") {
		return send(sig)
	}
	return s.deliverAtOnce(p, sig, send)
}

// deliverAtOnce looks at the command's masks and sends the signal while the
// command is stopped. A shell that executes a program in between would have no
// handler any more, and the signal would be lost; and a command in sigwait(3)
// shows that it blocks the signal only when it is taken out of the wait.
func (s *Signals) deliverAtOnce(p Process, sig syscall.Signal, send func(syscall.Signal) error) error {
	status, err := stop(p)
	if err != nil {
		return err
	}
	if status != "" && !hasSignal(status, sig, "SigCgt", "SigIgn", "SigBlk") {
		return s.end(p, sig)
	}
	if !hasSignal(status, sig, "SigCgt", "SigIgn") {
		go s.settle(p, sig)
	}
	return errors.Join(send(sig), p.Signal(unix.SIGCONT))
}

// stop stops the command and returns its status then, "" if it is gone.
func stop(p Process) (status string, err error) {
	if err := p.Signal(unix.SIGSTOP); err != nil {
		return "", err
	}
	status = statusOf(p.Pid())
	for deadline := time.Now().Add(5 * time.Second); status != "" && !stopped(status) && time.Now().Before(deadline); {
		time.Sleep(50 * time.Microsecond)
		status = statusOf(p.Pid())
	}
	return status, nil
}

// What has become of a signal that the command blocked.
type fate int

const (
	pending fate = iota // it still blocks it
	fetched             // it is no longer pending, and blocked
	over                // it ended the container, or that has ended
)

// settle looks after a signal that the command blocks. Either it takes it by
// sigwait(3) or signalfd(2), or it blocks signals for a moment, as shells do
// around a fork; then the kernel drops the signal when the moment is over. To see
// it blocked and gone once is not enough, for a shell may be at its next fork; but
// who has taken it may soon unblock it. So it looks often in a short time: three
// times in 30 ms took 13 of 600 for taken that a shell in a loop had dropped, 30
// times none of 1,200.
func (s *Signals) settle(p Process, sig syscall.Signal) {
	const soon, enough = time.Millisecond, 30
	for pause, looks := soon, 0; looks < enough; {
		time.Sleep(pause)
		now, err := s.look(p, sig)
		s.report(err)
		switch now {
		case over:
			return
		case fetched:
			pause, looks = soon, looks+1
		default:
			pause = min(2*pause, time.Second)
		}
	}
}

// look looks once, and ends the container where the signal was dropped.
func (s *Signals) look(p Process, sig syscall.Signal) (fate, error) {
	s.probe.Lock()
	defer s.probe.Unlock()
	if stopped(statusOf(p.Pid())) { // by somebody else, who will let it go on
		return pending, nil
	}
	status, err := stop(p)
	switch {
	case err != nil || status == "" || p.Ended():
		return over, err
	case !hasSignal(status, sig, "SigCgt", "SigIgn", "SigBlk"):
		return over, s.end(p, sig)
	case hasSignal(status, sig, "SigPnd", "ShdPnd"):
		return pending, p.Signal(unix.SIGCONT)
	}
	return fetched, p.Signal(unix.SIGCONT)
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

// terminates reports whether sig ends a process by default (signal(7)).
func terminates(sig syscall.Signal) bool {
	switch sig {
	case unix.SIGCHLD, unix.SIGCONT, unix.SIGSTOP, unix.SIGTSTP, unix.SIGTTIN,
		unix.SIGTTOU, unix.SIGURG, unix.SIGWINCH:
		return false
	}
	return true
}

// statusOf returns the process's /proc/PID/status, or "" if it is gone.
func statusOf(pid int) string {
	status, err := utils.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return ""
	}
	return status
}

// stopped reports whether the process of that status is stopped, or ending.
func stopped(status string) bool {
	for line := range strings.Lines(status) {
		if state, found := strings.CutPrefix(line, "State:\t"); found {
			return strings.ContainsAny(state[:1], "TtZX")
		}
	}
	return false
}

// hasSignal looks for sig in the named masks of a /proc/PID/status file, which
// are hexadecimal with signal 1 as the lowest bit (proc_pid_status(5)).
func hasSignal(status string, sig syscall.Signal, masks ...string) bool {
	for line := range strings.Lines(status) {
		key, value, _ := strings.Cut(line, ":")
		if !slices.Contains(masks, key) {
			continue
		}
		mask, err := strconv.ParseUint(strings.TrimSpace(value), 16, 64)
		if err == nil && mask&(1<<(sig-1)) != 0 {
			return true
		}
	}
	return false
}
