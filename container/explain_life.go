package container

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/explain"
	"github.com/mydocker/mydocker/container/running"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/utils"
)

// told is a step of a command that deals with a container that is there already.
type told struct {
	name, without string
	actions       []explain.Action
}

// tellSteps tells on stderr what is going to be done.
func tellSteps(format explain.Format, steps []told) error {
	t := newTeller(format, os.Stderr, nil)
	for _, s := range steps {
		t.Begin(explain.Host, s.name, s.without)
		t.Tell(s.actions...)
	}
	return t.Err()
}

// explainExec tells how a further command comes into a container.
func explainExec(config *ExecConfig, r *running.Record) error {
	if config.Explain == explain.Off {
		return nil
	}
	pid := strconv.Itoa(r.Pid)
	open := explain.Action{
		Kernel: "pidfd_open(" + pid + ", 0)",
		Why:    "PID 1 of the container is held by a descriptor, which never comes to mean another process, as a number may.",
	}
	var born []explain.Action
	for _, name := range slices.Sorted(maps.Keys(r.Cgroups)) {
		dir := r.Cgroups[name]
		kernel := fmt.Sprintf("clone3({flags: CLONE_INTO_CGROUP, cgroup: %q})", dir)
		if name != "" { // on v1 a thread goes there for the clone
			kernel = fmt.Sprintf("write(%q, \"0\")", dir+"/tasks")
		}
		born = append(born, explain.Action{
			Kernel: kernel,
			Why:    "The command is born in the container's cgroup, so its limits hold from the first instruction on.",
			Shell:  "echo $$ >" + explain.Quote(dir+"/cgroup.procs"), Use: explain.AsIs,
		})
	}
	flags, letters := namespacesOf(r.Joins)
	join := explain.Action{
		Kernel: "setns(PIDFD, " + flags + ")",
		Why:    "The command sees what the container's own processes see. It is no child of theirs.",
		Shell:  "nsenter -t " + pid + letters + " " + explain.QuoteAll(config.Command), Use: explain.AsIs,
	}
	run := explain.Action{
		Kernel: fmt.Sprintf("execve(%q, ...)", config.Command[0]),
		Why:    "It gets the environment, user, limits, capabilities and seccomp filter of the container's command, where the flags say nothing else.",
	}
	return tellSteps(config.Explain, []told{
		{"open the container", "a number could mean another process by the time it is used.", []explain.Action{open}},
		{"start the process in its cgroups", "the command would be outside of the container's limits.", born},
		{"join its namespaces", "the command would run on the host.", []explain.Action{join}},
		{"execute the command", "nothing would run.", []explain.Action{run}},
	})
}

// namespacesOf are the namespaces of clone flags, for setns(2) and as flags of nsenter(1).
func namespacesOf(joins uintptr) (flags, letters string) {
	var names []string
	for _, n := range []struct {
		flag         uintptr
		name, letter string
	}{
		{unix.CLONE_NEWUSER, "CLONE_NEWUSER", "U"}, {unix.CLONE_NEWNS, "CLONE_NEWNS", "m"}, {unix.CLONE_NEWUTS, "CLONE_NEWUTS", "u"},
		{unix.CLONE_NEWIPC, "CLONE_NEWIPC", "i"}, {unix.CLONE_NEWNET, "CLONE_NEWNET", "n"}, {unix.CLONE_NEWPID, "CLONE_NEWPID", "p"},
		{unix.CLONE_NEWCGROUP, "CLONE_NEWCGROUP", "C"},
	} {
		if joins&n.flag != 0 {
			names = append(names, n.name)
			letters += " -" + n.letter
		}
	}
	return strings.Join(names, "|"), letters
}

// ExplainStart tells how a container that stays is started.
func ExplainStart(format explain.Format, l *state.Listed) error {
	if l.Running {
		return tellSteps(format, []told{{"look at the container", "two supervisors would start it.", []explain.Action{{
			Kernel: "fcntl(FD, F_OFD_GETLK, ...)", Why: "Somebody has the lock of the container alone, so it runs, and is left alone.",
		}}}})
	}
	dir := explain.Quote(l.Path)
	return tellSteps(format, []told{
		{"lock the container", "two supervisors could start it at once.", []explain.Action{{
			Kernel: "fcntl(FD, F_OFD_SETLK, {F_WRLCK})",
			Why:    "Who has the lock has the container. The kernel drops it with its last owner, so a file never says that something runs which does not.",
			Shell:  "cat /proc/locks", Use: explain.AsIs,
		}}},
		{"start the supervisor", "nobody would look after the command.", []explain.Action{{
			Kernel: fmt.Sprintf("execve(\"/proc/self/exe\", [\"mydocker\", \"supervise\", STATE, %q, \"start\", \"0\"])", l.ID),
			Why:    "mydocker executes itself in a session of its own (setsid), with the lock inherited. It reads the output, writes the record, and ends with the container.",
		}}},
		{"run the command", "nothing would run.", []explain.Action{{
			Kernel: "clone3({flags: CLONE_NEWPID|CLONE_NEWNS|..., exit_signal: SIGCHLD})",
			Why:    "The supervisor does what run does: mydocker run --explain with the same flags tells each step.",
			Shell:  "cat " + dir + "/spec.json", Use: explain.AsIs,
		}}},
	})
}

// ExplainStop tells how a container that stays is ended.
func ExplainStop(format explain.Format, l *state.Listed, sig, timeout string) error {
	if !l.Running || l.Pid == 0 { // or its supervisor is about to end
		return tellSteps(format, []told{{"look at the container", "a signal would go to a pid that means another process by now.", []explain.Action{{
			Kernel: "fcntl(FD, F_OFD_GETLK, ...)", Why: "Nobody has the lock of the container, or its record has the end: it does not run, and there is nothing to do.",
		}}}})
	}
	pid := strconv.Itoa(l.Pid)
	return tellSteps(format, []told{
		{"ask the supervisor", "its restart policy would start the container again.", []explain.Action{{
			Kernel: fmt.Sprintf("connect(FD, {AF_UNIX, %q})", l.Path+"/"+state.ControlName),
			Why:    "The supervisor is told that the end is wanted, by whom, and how long it may take.",
		}}},
		{"send the stop signal", "the command could not end in its own way.", []explain.Action{{
			Kernel: "kill(" + pid + ", " + sig + ")",
			Why:    "PID 1 gets it. Where it has no handler the kernel drops the signal, and there is nothing to wait for.",
			Shell:  "kill -s " + strings.TrimPrefix(sig, "SIG") + " " + pid, Use: explain.AsIs,
		}}},
		{"wait", "a command that does not end would keep stop waiting.", []explain.Action{{
			Kernel: "kill(" + pid + ", SIGKILL)",
			Why:    "When the time is over (" + timeout + ") it is killed, and with PID 1 the kernel ends all processes of its PID namespace.",
			Shell:  "kill -s KILL " + pid, Use: explain.AsIs,
		}}},
	})
}

// ExplainEach looks a container up to tell of it; one that is not there the command itself refuses.
func ExplainEach(stateDir, name string, tell func(*state.Listed) error) error {
	found, err := state.Find(stateDir, name)
	if missing := (*state.NotFoundError)(nil); errors.As(err, &missing) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", utils.Shortened(name), err)
	}
	return tell(&found)
}
