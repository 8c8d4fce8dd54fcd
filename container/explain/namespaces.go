package explain

import (
	"strings"

	"golang.org/x/sys/unix"
)

// namespaces are the kinds of them, as the kernel, unshare(1) and a reader call
// them.
func namespaces() []struct {
	flag               int
	name, option, what string
} {
	return []struct {
		flag               int
		name, option, what string
	}{
		{unix.CLONE_NEWUSER, "CLONE_NEWUSER", "--user", "users, and capabilities that count in here only"},
		{unix.CLONE_NEWUTS, "CLONE_NEWUTS", "--uts", "a host name"},
		{unix.CLONE_NEWIPC, "CLONE_NEWIPC", "--ipc", "System V queues, semaphores and shared memory"},
		{unix.CLONE_NEWNET, "CLONE_NEWNET", "--net", "network devices and addresses"},
		{unix.CLONE_NEWCGROUP, "CLONE_NEWCGROUP", "--cgroup", "a root of its own in the tree of cgroups"},
		{unix.CLONE_NEWNS, "CLONE_NEWNS", "--mount", "a table of mounts"},
		{unix.CLONE_NEWPID, "CLONE_NEWPID", "--pid", "process numbers that begin at 1"},
	}
}

// in writes a set of clone flags: the kernel's names, the options of unshare(1),
// and what they give.
func in(flags int) (names, options, what string) {
	var n, o, w []string
	for _, ns := range namespaces() {
		if flags&ns.flag != 0 {
			n, o, w = append(n, ns.name), append(o, ns.option), append(w, ns.what)
		}
	}
	what = strings.Join(w, "; ")
	return strings.Join(n, "|"), strings.Join(o, " "), what
}

// Unshare is that a process makes namespaces of the set made, and of those gets
// the set wanted. A PID namespace is not for itself, but for its children.
func Unshare(made, wanted int) Action {
	names, _, _ := in(made)
	_, options, what := in(wanted)
	a := Action{Kernel: call("unshare", names), Why: "They were made while the flags were read, and are dropped."}
	if wanted != 0 {
		a.Why, a.Shell, a.Position, a.Use = "The container gets its own: "+what+".", "unshare "+options, Prefix, AsIs
	}
	return a
}

// Setns is that a thread gives namespaces of a set up for those of the host.
func Setns(flags int) []Action {
	var actions []Action
	for _, ns := range namespaces() {
		if flags&ns.flag != 0 {
			kind := strings.TrimPrefix(ns.option, "--")
			actions = append(actions, Action{
				Kernel: call("setns", "...", ns.name),
				Why:    "The thread that will clone init goes back to the host's namespace, which the container keeps.",
				Shell:  "nsenter " + ns.option + "=/proc/PID/ns/" + kind,
			})
		}
	}
	return actions
}

// Clone is that init is born in new namespaces, and in the v2 cgroup at the
// directory intoCgroup, if that is not empty.
func Clone(flags int, intoCgroup string) Action {
	names, options, what := in(flags)
	a := Action{
		Kernel: call("clone", names),
		Why:    "A child is born in namespaces of its own: " + what + ".",
		Shell:  "unshare " + options + " --fork",
		Use:    AsIs,
	}
	if intoCgroup != "" {
		a.Kernel = call("clone3", names+"|CLONE_INTO_CGROUP", "cgroup="+intoCgroup)
		a.Why += " It is born in its cgroup, too, so it never runs without its limits."
	}
	return a
}

// ScriptedClone is what a script does instead. It forks by a shell: unshare(1) of
// util-linux 2.38 ends with status 1 when its child is killed by SIGKILL.
func ScriptedClone(flags int) []Action {
	_, options, what := in(flags)
	options += " --propagation unchanged"
	if flags&unix.CLONE_NEWUSER != 0 {
		options += " --keep-caps"
	}
	return []Action{
		{Why: "The container's process gets its own: " + what + ".", Shell: "unshare " + options, Position: Prefix, Live: true},
		{Why: "A PID namespace is for children only, so the shell has one, and passes its status on.", Shell: `sh -c '"$@"; exit' sh`, Position: Prefix, Live: true},
		{Why: "The kernel kills the container when its parent is killed.", Shell: "setpriv --pdeathsig KILL", Position: Prefix, Live: true},
	}
}
