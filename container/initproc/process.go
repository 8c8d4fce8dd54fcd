// Package initproc is a container's init process as the host sees it: it is cloned,
// is sent the command, awaited, waited for and signalled.
package initproc

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups"
	"github.com/mydocker/mydocker/container/child/bare"
	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// ParentProcess is the container's first process as its parent sees it: PID 1
// inside, a child here.
type ParentProcess struct {
	clone    bare.InitClone // how it is started
	reaper   bool           // PID 1 passes signals on to the command and reaps
	released bool           // it goes on when mydocker ends
	unmapped bool           // it goes on as another process, which waits for the maps of its users
	configFD int            // write end of the command pipe
	statusFD int            // read end of the status pipe
	terminal int            // where init sends a pseudo-terminal, or -1
	copied   int            // a copy of mydocker that init executes, or -1

	mutex  sync.Mutex
	pid    int
	reaped bool
	status unix.WaitStatus
}

// NewParentProcess prepares "/proc/self/exe init" to be started in new
// namespaces, of which it inherits those of the thread that starts it, as it does
// its cgroups, with the given stdin, stdout and stderr and the two pipes of
// package wire. flags are those of clone(2). If tty, stdout is a terminal that becomes its controlling
// terminal. Either way it leads a session of its own, so that it shares no
// controlling terminal with the caller (TIOCSTI). Below a reaper it is the command
// that leads the session with the terminal, and init sees to that.
func NewParentProcess(stdio [3]int, tty, reaper bool, flags int) (*ParentProcess, error) {
	var config, status [2]int
	if err := unix.Pipe2(config[:], unix.O_CLOEXEC); err != nil {
		return nil, fmt.Errorf("create the command pipe: %w", err)
	}
	if err := unix.Pipe2(status[:], unix.O_CLOEXEC); err != nil {
		return nil, errors.Join(fmt.Errorf("create the status pipe: %w", err), utils.CloseAll(config[:]...))
	}
	return &ParentProcess{
		clone: bare.InitClone{
			Flags:    uintptr(flags),
			Files:    []int{stdio[0], stdio[1], stdio[2], config[0], status[1], -1},
			Terminal: tty && !reaper,
		},
		reaper: reaper, configFD: config[1], statusFD: status[0], terminal: -1, copied: -1,
	}, nil
}

// TakeOver is the process that an earlier process image of the caller has started.
func TakeOver(pid int, reaper bool) *ParentProcess {
	files := make([]int, wire.FirstFile)
	for n := range files {
		files[n] = -1
	}
	return &ParentProcess{
		clone: bare.InitClone{Files: files}, reaper: reaper, configFD: -1, statusFD: -1, terminal: -1, copied: -1, pid: pid,
	}
}

// WhileRunning does something while nobody waits for the process: its end is there for the next
// process image. It fails if somebody already has.
func (p *ParentProcess) WhileRunning(do func() error) error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.reaped {
		return os.ErrProcessDone
	}
	return do()
}

// Start has cloner clone the process inside the v1 cgroups of migrations; if cgroup is
// not negative, it is a descriptor of the v2 cgroup to begin in (clone3's CLONE_INTO_CGROUP, Linux
// 5.7). It returns when the child has executed init, or could not. The kernel kills
// the child when the thread ends that has cloned it, so that has to live as long as
// the container. migrated is how many migrations the thread has made. Meanwhile the
// caller's own thread does meanwhile.
func (p *ParentProcess) Start(cloner Cloner, migrations []cgroups.Migration, cgroup int, meanwhile func()) (migrated int, err error) {
	b := p.clone
	b.Cgroup = cgroup
	for _, migration := range migrations {
		b.Migrations = append(b.Migrations, bare.Migration{Target: migration.Target + "\x00", Origin: migration.Origin + "\x00", Root: migration.Root + "\x00"})
	}
	cloner.CloneInit(&b, meanwhile)
	p.pid = b.Pid
	switch migrated = b.Migrated(); {
	case b.Errno == 0:
		return migrated, p.closeChildEnds()
	case migrated < len(migrations):
		return migrated, migrations[migrated].Refused(b.Errno)
	case b.Pid == 0:
		return migrated, fmt.Errorf("clone with new namespaces and execute %s: %w%s", p.program(), b.Errno, p.cloneCause(b.Errno))
	}
	return migrated, fmt.Errorf("a thread cannot return to its own cgroups: %w", b.Errno)
}

// Pid is the process's on the host; it is 0 before there is one.
func (p *ParentProcess) Pid() int { return p.pid }

// Reaper reports whether the command is a child of the process and not PID 1 itself.
func (p *ParentProcess) Reaper() bool { return p.reaper }

// cloneCause is the likely cause of the clone's failure.
func (p *ParentProcess) cloneCause(errno syscall.Errno) string {
	if errno == unix.EPERM && p.clone.Flags&unix.CLONE_NEWUSER != 0 {
		return " (no user namespace can be made: a seccomp filter forbids it, as in a container, " +
			"or a security module, or this is a chroot, or the caller has no id in its own one; mydocker doctor tells more)"
	}
	if p.clone.Program != "" && (errno == unix.EACCES || errno == unix.ENOENT) {
		return " (mydocker has to be where the container's users may go: make install)"
	}
	return namespaceCause(errno)
}

// closeChildEnds closes the ends of the pipes and the socket that are the child's.
func (p *ParentProcess) closeChildEnds() error {
	ends := p.clone.Files[wire.ConfigFD : wire.TerminalFD+1]
	var errs []error
	for n, fd := range ends {
		if fd >= 0 {
			errs = append(errs, unix.Close(fd))
			ends[n] = -1
		}
	}
	return errors.Join(append(errs, p.closeCopy())...)
}

// Send writes the command into the pipe that init waits at, and closes it unless init waits for
// more: config, and message is what that is when it is marshalled. A child that died meanwhile is
// no error here: Await says why it did.
func (p *ParentProcess) Send(config *wire.Config, message []byte) error {
	if message == nil {
		return wire.ErrNUL
	}
	if !config.Fits(message) { // nor would the kernel take it
		return &InitError{wire.Status{Step: wire.StepExec, Operand: config.Args[0], Errno: unix.E2BIG}}
	}
	for len(message) > 0 {
		n, err := utils.Retry(func() (int, error) { return unix.Write(p.configFD, message) })
		if err == unix.EPIPE {
			break
		}
		if err != nil {
			return fmt.Errorf("write to the command pipe: %w", err)
		}
		message = message[n:]
	}
	p.unmapped = config.Lifecycle.Stage.IsUnmapped()
	if config.AwaitsParent() {
		return nil
	}
	return p.closeConfig()
}

func (p *ParentProcess) closeConfig() error {
	fd := p.configFD
	p.configFD = -1
	return unix.Close(fd)
}

// GoOn has init go on, which waits for the maps of its users, for the hooks or the listener (Await).
func (p *ParentProcess) GoOn() error {
	_, err := utils.Retry(func() (int, error) { return unix.Write(p.configFD, []byte{0}) })
	if err = utils.Ignore(err, unix.EPIPE); err != nil { // then Await says why it has ended
		return fmt.Errorf("write to the command pipe: %w", err)
	}
	return nil
}

// Await reads the status pipe until the child executes the command, or waits for the maps
// of its users, the hooks, the listener or the start: then it returns nil. It returns *InitError
// if a step of the child failed. Each step
// that is reported as done is passed to done.
func (p *ParentProcess) Await(done func(*wire.Status)) error {
	var pending []byte
	started := false
	buffer := make([]byte, 4096)
	for {
		n, err := utils.Retry(func() (int, error) { return unix.Read(p.statusFD, buffer) })
		if err != nil {
			return fmt.Errorf("read the status pipe: %w", err)
		}
		if n == 0 && started {
			return nil
		}
		if n == 0 {
			return p.diedEarly()
		}
		pending = append(pending, buffer[:n]...)
		for len(pending) > 0 {
			status, rest, err := wire.ParseStatus(pending)
			if errors.Is(err, wire.ErrTruncated) {
				break
			}
			if err != nil {
				return fmt.Errorf("read the status pipe: %w", err)
			}
			if status.Failed() {
				return &InitError{*status}
			}
			pending = rest
			if status.Step == wire.StepStaged {
				if err := p.goOnAs(status.Operand); err != nil || p.unmapped {
					p.unmapped = false
					return err
				}
				continue
			}
			started = status.Step == wire.StepExec
			done(status)
			if waits(status) {
				return nil
			}
		}
	}
}

// waits reports whether a status is of a process that waits for somebody.
func waits(status *wire.Status) bool {
	switch status.Step {
	case wire.StepWait, wire.StepHooks:
		return true
	case wire.StepListener: // else there is none
		return status.Detail != ""
	}
	return false
}

// diedEarly says how init ended before it came to the command.
func (p *ParentProcess) diedEarly() error {
	status, err := p.Wait()
	if err != nil {
		return err
	}
	if bare.ExitCode(status) == 128+int(unix.SIGKILL) { // a reaper's own, or of who was to be the command
		return errors.New("init was killed before it could execute the command (is the memory limit too small?)")
	}
	return fmt.Errorf("init ended with status %d before it could execute the command", bare.ExitCode(status))
}

// Wait waits for the process to end and returns how it did. When it returns,
// every process of its PID namespace is gone too. It may be called again.
func (p *ParentProcess) Wait() (unix.WaitStatus, error) {
	// WNOWAIT leaves a zombie, so that the pid cannot belong to another
	// process while Signal uses it.
	for !p.reaped {
		err := unix.Waitid(unix.P_PID, p.pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if err == nil {
			break
		}
		if err != unix.EINTR {
			return 0, fmt.Errorf("wait for process %d: %w", p.pid, err)
		}
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.reaped {
		return p.status, nil
	}
	sig := p.signalOfCommand()
	_, err := utils.Retry(func() (int, error) { return unix.Wait4(p.pid, &p.status, 0, nil) })
	if err != nil {
		return 0, fmt.Errorf("wait for process %d: %w", p.pid, err)
	}
	if p.reaped = true; sig != 0 && p.status.Exited() {
		p.status = unix.WaitStatus(sig)
	}
	return p.status, nil
}

// Ended reports whether the process has ended and been waited for.
func (p *ParentProcess) Ended() bool {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.reaped
}

// Finished reports whether the process has ended, waited for or not.
func (p *ParentProcess) Finished() bool {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	var info unix.Siginfo
	err := unix.Waitid(unix.P_PID, p.pid, &info, unix.WEXITED|unix.WNOWAIT|unix.WNOHANG, nil)
	return p.reaped || err == nil && info.Signo != 0
}

// Signal sends sig to the process. After its end that does nothing.
func (p *ParentProcess) Signal(sig syscall.Signal) error { return p.kill(p.pid, sig) }

// SignalGroup sends SIGINT, SIGQUIT, SIGSTOP or SIGCONT to the command's process
// group. A reaper passes them on to it (bare.forward), SIGSTOP when it gets SIGTSTP.
func (p *ParentProcess) SignalGroup(sig syscall.Signal) error {
	switch {
	case !p.reaper:
		return p.kill(-p.pid, sig)
	case sig == unix.SIGSTOP:
		return p.kill(p.pid, unix.SIGTSTP)
	}
	return p.kill(p.pid, sig)
}

func (p *ParentProcess) kill(target int, sig syscall.Signal) error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.pid == 0 || p.reaped {
		return nil
	}
	err := utils.AsOwner(p.pid, func() error { return unix.Kill(target, sig) })
	if err != nil && err != unix.ESRCH {
		return fmt.Errorf("send %s to process %d: %w", utils.SignalName(sig), target, err)
	}
	return nil
}

// Release leaves the process to itself: Close does not end it any more.
func (p *ParentProcess) Release() { p.released = true }

// Inherit gives init the FIFO at which it waits for the start, the file for what fails after
// that, and further files, which it finds from wire.FirstFile on. They stay the caller's to close.
func (p *ParentProcess) Inherit(start, result int, files ...int) error {
	if len(files) > wire.MaxFiles {
		return fmt.Errorf("%d files are passed on, and %d can be", len(files), wire.MaxFiles)
	}
	p.clone.Files = append(append(p.clone.Files[:wire.StartFD], start, result), files...)
	return nil
}

// Close ends the process if it still runs and closes the pipes.
func (p *ParentProcess) Close() error {
	errs := []error{p.closeChildEnds(), p.closeOwnPIDs()}
	if p.pid != 0 && !p.reaped && !p.released {
		errs = append(errs, p.Signal(unix.SIGKILL))
		_, err := p.Wait()
		errs = append(errs, err)
	}
	for _, fd := range []*int{&p.configFD, &p.statusFD, &p.terminal} {
		if *fd >= 0 {
			errs = append(errs, unix.Close(*fd))
			*fd = -1
		}
	}
	return errors.Join(errs...)
}
