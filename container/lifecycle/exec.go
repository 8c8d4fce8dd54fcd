package lifecycle

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/group"
	"github.com/mydocker/mydocker/container/entry"
	"github.com/mydocker/mydocker/container/initproc"
	"github.com/mydocker/mydocker/container/signals"
	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// ExecOptions are how the caller of exec is connected with the process.
type ExecOptions struct {
	CreateOptions
	// Warn is told of what is no failure.
	Warn func(error)
	Done Done
	// Started is called when the command of a caller that stays runs; nil if nobody wants to know.
	Started func()
	// Keys are those by which a caller leaves the terminal of a command that it types at; nil for
	// none. Then Left is given the terminal, and the command as a pidfd.
	Keys []byte
	Left func(terminal *os.File, pidfd int) error
	// Detach returns when the command runs.
	Detach bool
	// IgnorePaused starts it in a paused container, where it goes on when that does.
	IgnorePaused bool
}

// execution is a process on its way into a container.
type execution struct {
	*Record
	exec       *Exec
	options    ExecOptions
	foreground *Foreground // nil for a caller that does not stay
	streams    [3]int      // what it gets as stdin, stdout and stderr

	pidfd   int // of the container's init, or -1
	joining *initproc.Joining
	message wire.Config
	groups  *group.Group
	process *initproc.ParentProcess
	cloner  initproc.Cloner
	undo    utils.Undo

	pidfdSocket int // connected, or -1
}

// execSteps lists what exec does, in this order. What a step acquires it pushes on the undo stack,
// which runs at the end and after any failure.
func execSteps() []step[*execution] {
	return []step[*execution]{
		{"look at the container", (*execution).open},
		{"find its cgroups", (*execution).findGroups},
		{"open its namespaces", (*execution).openNamespaces},
		{"prepare the process", (*execution).prepare},
		{"start the process", (*execution).startProcess},
		{"use the privileges of the caller", (*execution).usePrivileges},
		{"set its CPUs", (*execution).setCPUs},
		{"send the command", (*execution).send},
		{"pass the terminal on", (*execution).passTerminal},
		{"pass the listener on", (*execution).passListener},
		{"await the command", (*execution).await},
		{"write the pid file", (*execution).writePidFile},
	}
}

var errStopped = refuse("cannot exec in a stopped container")

// Exec starts a process in the container, and waits for its end, unless it is detached. It returns
// its status, or 128 plus the signal that has ended it. An error means that it has not run.
func (r *Record) Exec(exec *Exec, options ExecOptions) (code int, err error) {
	e := &execution{Record: r, exec: exec, options: options, pidfd: -1, streams: [...]int{unix.Stdin, unix.Stdout, unix.Stderr}}
	defer func() { err = errors.Join(err, e.undo.Run()) }()
	if !options.Detach {
		e.foreground, err = NewForeground(exec.Process.Terminal && options.ConsoleSocket == "", !exec.NoInput, options.Warn)
		if err != nil {
			return 0, err
		}
		e.undo.Add(e.foreground.Close)
	}
	if e.foreground == nil {
		err := signals.Unignore(func() error { return work(e, execSteps(), options.Done) })
		if err == nil {
			e.process.Release()
		}
		return 0, err
	}
	if err := work(e, execSteps(), options.Done); err != nil {
		return 0, err
	}
	if options.Started != nil {
		options.Started()
	}
	code, err = e.foreground.Wait(e.process)
	if errors.Is(err, ErrLeft) {
		return 0, errors.Join(err, e.leave())
	}
	return code, err
}

// mayLeave reports whether the caller can leave the command by keys.
func (e *execution) mayLeave() bool {
	return e.foreground != nil && len(e.options.Keys) > 0 && e.exec.Process.Terminal && !e.exec.NoInput
}

// leave has somebody else look after the command.
func (e *execution) leave() error {
	pidfd, err := utils.PidfdOpen(e.process.Pid())
	if err != nil {
		return utils.Ignore(err, unix.ESRCH)
	}
	err = e.options.Left(e.foreground.Master(), pidfd)
	if err == nil {
		e.process.Release()
	}
	return errors.Join(err, unix.Close(pidfd))
}

// open opens the container's init, and refuses a container in which nothing can run.
func (e *execution) open() (err error) {
	if e.pidfd, err = e.PIDFD(); err != nil {
		return err
	}
	if e.pidfd < 0 {
		return errStopped
	}
	e.undo.Add(func() error { return unix.Close(e.pidfd) })
	frozen, err := group.Open(e.Cgroups).Frozen()
	switch {
	case err != nil:
		return err
	case frozen && !e.options.IgnorePaused:
		return refuse("cannot exec in a paused container (use --ignore-paused to override)")
	}
	return e.exec.Process.checkTerminal(e.options.ConsoleSocket, e.foreground)
}

// findGroups finds the cgroups that the process is born in: the container's, or some below. On v1
// controllers that share a hierarchy go together.
func (e *execution) findGroups() error {
	dirs := maps.Clone(e.Cgroups)
	for name := range dirs {
		dirs[name] += below(e.exec.Cgroups[""])
	}
	for controller, path := range e.exec.Cgroups {
		shared, found := e.Cgroups[controller]
		if !found && controller != "" {
			return fmt.Errorf("unknown controller %s of a cgroup", utils.Shortened(controller))
		}
		for name, dir := range e.Cgroups {
			if dir == shared && controller != "" {
				dirs[name] = dir + below(path)
			}
		}
	}
	e.groups = group.Open(dirs)
	return nil
}

// below is a path that does not lead up, "" for where it begins.
func below(path string) string { return strings.TrimSuffix(filepath.Clean("/"+path), "/") }

// openNamespaces opens those of the container's init. By their files that is more than one look at
// its pid, so it has to be the same process after that.
func (e *execution) openNamespaces() (err error) {
	if e.joining, err = initproc.NewJoining(e.Pid, e.pidfd, e.Joins, e.mayTrace()); err != nil {
		return err
	}
	e.undo.Add(e.joining.Close)
	if e.exec.RootOfInit || e.Joins&unix.CLONE_NEWNS == 0 {
		if err := e.joining.AddRoot(e.Pid); err != nil {
			return err
		}
	}
	if !e.joining.ByPID() {
		return nil
	}
	alive, err := e.alive()
	if err == nil && !alive {
		err = errStopped
	}
	return err
}

// mayTrace reports whether processes of the container may look into others that have more
// capabilities (CAP_SYS_PTRACE). In a user namespace of their own they may not look into one from
// outside, and a container that gives up no capability has the host anyway.
func (r *Record) mayTrace() bool {
	const tracing = 1 << unix.CAP_SYS_PTRACE
	own := r.Security.Capabilities
	return r.Joins&unix.CLONE_NEWUSER == 0 && own != nil && own.Drop&tracing == 0
}

func (e *execution) prepare() (err error) {
	if err := e.connectPidfd(); err != nil {
		return err
	}
	if e.foreground != nil {
		e.streams = e.foreground.Child()
	}
	if err := giveStreams(e.streams, e.exec.Process.Owner, e.UIDs, e.exec.Process.Terminal); err != nil {
		return err
	}
	if e.process, err = initproc.NewParentProcess(e.streams, false, false, 0); err != nil {
		return err
	}
	e.undo.Add(e.process.Close)
	if e.exec.Process.Terminal {
		if err := e.process.ExpectTerminal(); err != nil {
			return err
		}
	}
	e.tell()
	var preserved []int
	for n := range e.options.PreserveFDs {
		preserved = append(preserved, firstPreserved+n)
	}
	if err := e.process.Join(e.joining, &e.message, nil, preserved); err != nil {
		return err
	}
	if err := e.process.ProtectProgram(); err != nil {
		return err
	}
	e.cloner, err = initproc.NewCloner(0, false, nil)
	return err
}

// tell adds to the message what is the engine's to say.
func (e *execution) tell() {
	m := &e.message
	*m = e.exec.Message
	m.HostPID, m.HostNetwork = true, true // it mounts no /proc, and lo is up
	m.Mask = entry.CallersMask()
	if e.Joins&unix.CLONE_NEWUSER != 0 {
		m.Root = initproc.RootOf(e.Pid)
	}
	m.Lifecycle.Outlives = e.foreground == nil || e.mayLeave()
	m.Console = e.exec.Process.console(e.options.ConsoleSocket, e.foreground)
}

// missingCgroup names the file by which a process would have gone into a cgroup that is not there.
func (e *execution) missingCgroup(err error) error {
	for _, dir := range e.groups.Dirs {
		if errno := unix.Access(dir, unix.F_OK); errno != nil {
			return &fs.PathError{Op: "open", Path: dir + "/cgroup.procs", Err: errno}
		}
	}
	return err
}

// startProcess has the process born in the container's cgroups.
func (e *execution) startProcess() error {
	err := startIn(e.groups, e.process, e.cloner)
	if errors.Is(err, unix.EBUSY) && e.process.Pid() == 0 && e.exec.Cgroups == nil {
		// A v2 cgroup that has given controllers to others below it takes no process. Then it is
		// that of init, which has gone to one of these.
		if below, found := e.cgroupOfInit(); found {
			e.groups.Dirs[""] = below
			err = startIn(e.groups, e.process, e.cloner)
		}
	}
	switch {
	case errors.Is(err, unix.EOPNOTSUPP):
		return fmt.Errorf("%w (it has a cgroup for threads beside or above it, and so takes no process itself: cgroup.type)", err)
	case utils.Gone(err) && e.exec.Cgroups != nil:
		return fmt.Errorf("error adding pid of the command to the cgroup that is named: %w (exec makes none)", e.missingCgroup(err))
	case utils.Gone(err):
		return fmt.Errorf("%w (has the container ended, or somebody removed its cgroup?)", err)
	case errors.Is(err, unix.EAGAIN):
		return fmt.Errorf("%w (the container's limit on processes is reached: pids.max)", err)
	}
	return err
}

// cgroupOfInit is the directory of the v2 cgroup that init is in, if that is below the container's.
func (e *execution) cgroupOfInit() (dir string, found bool) {
	own := e.groups.V2Dir()
	list, err := utils.ReadFile(fmt.Sprintf("/proc/%d/cgroup", e.Pid))
	if err != nil {
		return "", false
	}
	for line := range strings.Lines(list) {
		path, is := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "0::")
		if !is {
			continue
		}
		for at := range own { // a suffix of the directory is the cgroup's own path
			if rest, is := strings.CutPrefix(path, own[at:]); is && own[at] == '/' && strings.HasPrefix(rest, "/") {
				return own + rest, true
			}
		}
	}
	return "", false
}

// setCPUs gives the process the CPUs that it begins with, and then those that it ends up with.
func (e *execution) setCPUs() error {
	if e.exec.AllCPUs && e.exec.InitialCPUs == "" && e.exec.FinalCPUs == "" {
		return resetCPUs(e.process)
	}
	for _, list := range []string{e.exec.InitialCPUs, e.exec.FinalCPUs} {
		if list == "" {
			continue
		}
		cpus, err := utils.ParseCPUList(list)
		if err == nil {
			err = utils.Ignore(utils.SetAffinity(e.process.Pid(), cpus), unix.ESRCH)
		}
		if err != nil {
			return fmt.Errorf("sched_setaffinity to CPUs %s: %w", list, err)
		}
	}
	return nil
}

func (e *execution) send() error {
	return e.process.Send(&e.message, e.message.Marshal())
}

func (e *execution) passTerminal() error {
	return e.exec.Process.passTerminal(e.process, e.options.ConsoleSocket, e.foreground)
}

// await returns when the command runs: what keeps it from that is told by exec itself.
func (e *execution) await() error {
	if e.mayLeave() {
		e.foreground.DetachBy(e.options.Keys)
	}
	if e.foreground != nil {
		if err := e.foreground.Start(e.process); err != nil {
			return err
		}
	}
	if err := e.process.Await(func(*wire.Status) {}); err != nil {
		return err
	}
	return e.passPidfd()
}

func (e *execution) writePidFile() error {
	return writePidFile(e.options.PidFile, e.process.Pid())
}
