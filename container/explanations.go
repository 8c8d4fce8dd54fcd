package container

import (
	"fmt"
	"os"
	"path"

	"github.com/mydocker/mydocker/container/child/bare"
	"github.com/mydocker/mydocker/container/explain"
	"github.com/mydocker/mydocker/container/report"
	"github.com/mydocker/mydocker/container/running"
)

// These explain the steps of mydocker, one function for each. They look at what
// the step is about to work with, and change nothing.

func (r *run) explainPrivileges() []explain.Action {
	return []explain.Action{{
		Kernel: "capget(...)",
		Why:    "Namespaces and mounts need CAP_SYS_ADMIN; who does not have it gets it in a user namespace of its own.",
		Shell:  "grep CapEff /proc/self/status",
		Use:    explain.AsIs,
	}}
}

func (r *run) explainStreamCheck() []explain.Action {
	return append([]explain.Action{{
		Kernel: "fstat(1, ...)",
		Why:    "A stdout or stderr that is closed is refused before anything is made.",
		Shell:  ": >&1 2>&2",
		Use:    explain.AsIs,
	}}, r.explainManager()...)
}

func (r *run) explainSignals() []explain.Action {
	return []explain.Action{{
		Kernel: "rt_sigaction(SIGTERM, {...}, NULL, 8)",
		Why:    "Since its first instruction mydocker catches what would end it, so that nothing is left behind.",
		Shell:  "trap clean_up EXIT",
	}, {
		Kernel: "rt_sigprocmask(SIG_SETMASK, [...], NULL, 8)",
		Why:    "The other signals are blocked: they wait in the kernel until there is a command to pass them on to.",
	}, {
		Kernel: "pipe2([...], O_CLOEXEC)",
		Why:    "What is caught goes into a pipe, and waits there for the command, too.",
	}}
}

// hasTerminal tells whether the command gets a terminal.
func (r *run) hasTerminal() bool {
	plan, _ := r.planStreams()
	return plan.HasTerminal()
}

func (r *run) explainName() []explain.Action {
	if r.config.Name == "" || r.config.stays() {
		return nil
	}
	return []explain.Action{{
		Kernel: fmt.Sprintf("setxattr(..., %q, ...)", r.config.Name),
		Why:    "The name is told at the cgroup itself; that no other one below the same parent has it is a lock, which is free when this run has ended.",
		Shell:  "setfattr -n trusted.mydocker.name -v " + explain.Quote(r.config.Name) + " CGROUP",
	}}
}

func (r *run) explainIDFile() []explain.Action {
	if r.config.IDFile == "" {
		return nil
	}
	file := explain.Quote(r.config.IDFile)
	return []explain.Action{{
		Kernel:   fmt.Sprintf("open(%q, ...)", r.config.IDFile),
		Why:      "The file tells which container it was; one that is there already is another container's.",
		Shell:    "(set -C; printf %s " + explain.Quote(r.id) + " >" + file + ")",
		Position: explain.Before,
	}}
}

func (r *run) explainPIDFile() []explain.Action {
	if r.config.PIDFile == "" {
		return nil
	}
	kernel := fmt.Sprintf("rename(..., %q)", path.Base(r.config.PIDFile))
	if found, err := os.Lstat(r.config.PIDFile); err == nil && !found.Mode().IsRegular() {
		kernel = fmt.Sprintf("open(%q, ...)", r.config.PIDFile)
	}
	return []explain.Action{{
		Kernel: kernel,
		Why:    "The file has the number that the host knows process 1 of the container by, for as long as it lives.",
		Shell:  "echo PID >" + explain.Quote(r.config.PIDFile),
	}}
}

func (r *run) explainStreams() []explain.Action {
	actions := []explain.Action{{
		Kernel: "pipe2([...], O_CLOEXEC)",
		Why:    "The command goes to init through a pipe, and init waits for it there; a second one tells how it went.",
		Shell:  "mkfifo command status",
	}}
	switch {
	case r.ownTerminal():
		actions = append(actions, explain.Action{
			Kernel: "socketpair(AF_UNIX, SOCK_SEQPACKET|SOCK_CLOEXEC, 0, [...])",
			Why:    "The container gets a terminal of its own devpts; init opens it there, and sends the other side over this.",
			Shell:  "script -qec sh /dev/null",
			Use:    explain.AsIs,
		})
	case r.hasTerminal():
		actions = append(actions, explain.Action{
			Kernel: `open("/dev/ptmx", O_RDWR|O_CLOEXEC)`,
			Why:    "The container gets a terminal of its own: with the caller's it could type commands for the caller's shell (TIOCSTI).",
			Shell:  "script -qec sh /dev/null",
			Use:    explain.AsIs,
		})
	case !r.config.Interactive:
		actions = append(actions, explain.Action{
			Kernel: `open("/dev/null", O_RDONLY|O_CLOEXEC)`,
			Why:    "Without -i the command's stdin is empty.",
			Shell:  "cat </dev/null",
			Use:    explain.AsIs,
		})
	}
	return actions
}

// explainNamespaces tells of those that were made while the flags were read, and
// of those that the container does not get.
func (r *run) explainNamespaces() []explain.Action {
	if r.ordinary { // who may make none without a user namespace
		return nil
	}
	made, wanted := bare.UnsharedFlags(), r.config.Namespaces.Unshared()
	actions := []explain.Action{explain.Unshare(made, wanted)}
	if r.config.Namespaces.User == nil {
		actions = append(actions, explain.Setns(made&^wanted)...)
	}
	return actions
}

func (r *run) explainInit() []explain.Action {
	var actions []explain.Action
	for _, change := range r.cgroups.PlanEntry() {
		a := ahead(&change, explain.Enter)
		a.Why = "The shell enters the container's cgroup (0 is the writer itself), so that all that it starts is born there."
		actions = append(actions, a)
	}
	actions = append(actions, r.explainAffinity()...)
	actions = append(actions, explain.ScriptedClone(r.config.Namespaces.Cloned())...)
	for _, a := range append([]explain.Action{r.explainClone(true)}, r.explainClonedInit()...) {
		a.Live = true // between the entry and the leaving
		actions = append(actions, a)
	}
	return actions
}

func (r *run) explainClone(intoCgroup bool) explain.Action {
	dir := r.cgroups.V2Dir()
	if !intoCgroup {
		dir = ""
	}
	return explain.Clone(r.config.Namespaces.Cloned(), dir)
}

// explainClonedInit tells what init does between its birth and its first step (see
// bare.InitClone).
func (r *run) explainClonedInit() []explain.Action {
	actions := []explain.Action{{
		Kernel: "prctl(PR_SET_PDEATHSIG, SIGKILL)",
		Why:    "The kernel kills init, and with it the container, if mydocker is killed.",
		Shell:  "setpriv --pdeathsig KILL",
	}, {
		Kernel:   "setsid()",
		Why:      "A session of its own has no terminal, so the container cannot reach the caller's.",
		Shell:    "setsid",
		Position: explain.Prefix,
	}}
	if r.config.Namespaces.User != nil {
		actions = append(actions, explain.Action{
			Kernel: "prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, ...)",
			Why:    "In its user namespace init is nobody yet, whom an execve would leave no capability.",
			Shell:  "unshare --keep-caps",
		})
	}
	if r.hasTerminal() && !r.ownTerminal() && !r.config.Init { // below a reaper the command leads a session with it
		actions = append(actions, explain.Terminal(1))
	}
	execve := `execve("/proc/self/exe", ["mydocker", "init"], ...)`
	if r.config.Root.Own() {
		execve = `execveat(..., "", ["mydocker", "init"], ..., AT_EMPTY_PATH)`
		actions = append(actions, explain.Action{
			Kernel: `mount_setattr(open_tree(AT_FDCWD, "mydocker's own path", OPEN_TREE_CLONE), "", AT_EMPTY_PATH, {attr_set=MOUNT_ATTR_RDONLY}, ...)`,
			Why:    "By /proc/1/exe the container finds mydocker's file on the host, which nobody there may change (CVE-2019-5736).",
			Shell:  "mount --bind mydocker mydocker; mount -o remount,bind,ro mydocker",
		})
	}
	return append(actions, explain.Action{
		Kernel: execve,
		Why:    "Init is mydocker's own program, started anew in the container.",
		Shell:  "sh -c 'set up, then: exec \"$@\"'",
	})
}

// explainRecord tells of what exec finds the container by (keepRecord).
func (r *run) explainRecord() []explain.Action {
	dir, err := running.Dir()
	if err != nil {
		return nil
	}
	record := explain.Quote(path.Join(dir, r.id))
	return []explain.Action{{
		Kernel: fmt.Sprintf("linkat(..., %q, AT_SYMLINK_FOLLOW)", r.id),
		Why:    "By this record in " + dir + ", which has appeared whole, exec finds the container, and by its lock that the run lives. The end removes it.",
		Shell:  "flock " + record + " COMMAND; rm " + record,
		Use:    explain.Piece,
	}}
}

func (r *run) explainSending() []explain.Action {
	return append(r.explainRecord(), explain.Action{
		Kernel: `write(pipe, "arg=...")`,
		Why:    fmt.Sprintf("All that needs the host is done: init may go on. Each field (arguments: %d, variables: %d) ends with a NUL byte, so it arrives as it is.", len(r.config.Command), len(r.config.Env)),
		Shell:  `printf '%s\0' ` + explain.QuoteAll(r.config.Command) + " >command",
	})
}

func (r *run) explainAwaiting() []explain.Action {
	return []explain.Action{{
		Kernel: "read(pipe, ...)",
		Why:    "Init tells of its steps; when the command begins, the kernel closes its end, and nobody else could say that.",
		Shell:  "cat status",
	}}
}

// explainTime has timeout(1) do the like in a script, but from outside: there the
// signal ends the container and does not reach the command.
func (r *run) explainTime() []explain.Action {
	limits := &r.config.Lifetime
	var actions []explain.Action
	if limits.Timeout > 0 {
		actions = append(actions, explain.Action{
			Kernel: "epoll_pwait(..., TIMEOUT, NULL, 0)",
			Why:    "A thread of Go's runtime sleeps until then. When the time is up, every process of the container gets the stop signal, and later SIGKILL.",
			Shell: fmt.Sprintf("timeout --foreground --signal %d --kill-after %gs %gs",
				limits.StopSignal, limits.StopTimeout.Seconds(), limits.Timeout.Seconds()),
			Position: explain.Around,
		})
	}
	if limits.Timeout > 0 || limits.CPUTime > 0 {
		actions = append(actions, explain.Action{
			Kernel: "timer_create(CLOCK_MONOTONIC, {...}, ...)",
			Why:    "Should mydocker itself be stopped when the time is up, the kernel has it go on: the timer sends it SIGCONT.",
			Shell:  "(sleep 1; kill -CONT PID) &",
		})
	}
	if limits.CPUTime > 0 {
		actions = append(actions, explain.Action{
			Kernel: fmt.Sprintf("read(%q, ...)", report.CPUTimeFile(r.cgroups.ByController())),
			Why:    "The cgroup counts the CPU time of all its processes together; mydocker looks when it may be up.",
			Shell:  "cat " + explain.Quote(report.CPUTimeFile(r.cgroups.ByController())),
			Use:    explain.AsIs,
		})
	}
	return actions
}

func (r *run) explainWaiting() []explain.Action {
	var actions []explain.Action
	if r.hasTerminal() {
		actions = append(actions, explain.Action{
			Kernel: "ioctl(..., TCSETS, {...})",
			Why:    "One terminal is enough to echo and to edit lines; the caller's passes every key on.",
			Shell:  `mode=$(stty -g); stty raw -echo; sh -c COMMAND; stty "$mode"`,
		})
	}
	actions = append(actions, explain.Action{
		Kernel: "waitid(P_PID, ..., WEXITED|WNOWAIT, NULL)",
		Why:    "When process 1 of a PID namespace ends, the kernel kills all others in it; its status is mydocker's.",
		Shell:  "wait",
		Use:    explain.AsIs,
	})
	if r.config.Namespaces.HostPID {
		for _, dir := range r.cgroups.Dirs() {
			file := explain.Quote(dir + "/cgroup.procs")
			actions = append(actions, explain.Action{
				Kernel:   fmt.Sprintf("read(%q, ...)", dir+"/cgroup.procs"),
				Why:      "Without a PID namespace the kernel kills nobody: what the command has left is in the cgroup, and killed.",
				Shell:    "while read -r pid <" + file + `; do kill -KILL "$pid" || :; sleep 0.1; done`,
				Position: explain.After,
			})
		}
	}
	return actions
}
