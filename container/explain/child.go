package explain

import (
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// step explains one step of init: what goes wrong without it, and what it does with
// this config. The operand is what init has told of it, or empty ahead of time. It
// does nothing where the list of actions is empty.
type step struct {
	name, without string
	actions       func(config *wire.Config, operand string) []Action
}

// steps explains every step of init, in order. What init does itself has to be
// free of allocation (package bare), so the words are here.
func steps() []step {
	return []step{
		{wire.StepReadConfig, "init runs the command before its limits are set and its users are mapped.", readConfig},
		{wire.StepCloseFDs, "a descriptor of a directory of the host is a way out of every container (CVE-2024-21626).", closeFDs},
		{wire.StepRoot, "the command is nobody (65534) in its own namespace: id, su and package managers find no root.", becomeRoot},
		{wire.StepMountPrivate, "the next step mounts /proc on the host, too, where / is shared; ps there fails afterwards.", mountPrivate},
		{wire.StepMountProc, "ps shows the host's processes, and /proc/self is no process of the container.", mountProc},
		{wire.StepCgroup, "/proc/self/cgroup tells the container where on the host its cgroup is.", cgroupNamespace},
		{wire.StepLoopback, "connect to 127.0.0.1 fails with ENETUNREACH, in tests, databases, browsers.", loopback},
		{wire.StepNames, "the container has the host's name.", setNames},
		{wire.StepSysctls, "the namespaces keep the values that they were made with.", setSysctls},
		{wire.StepOOMScore, "the caller's score holds, whatever was asked for.", setOOMScore},
		{wire.StepRootFS, "the command has the host's files, and can read and change them all.", makeRootFS},
		{wire.StepKeyring, "the command has the caller's keyring, and may read the keys in it.", joinKeyring},
		{wire.StepRlimits, "the caller's limits hold, whatever was asked for.", setRlimits},
		{wire.StepDir, "the command starts in the caller's directory.", enterDir},
		{wire.StepUmask, "new files have the permissions that the caller's umask leaves.", setUmask},
		{wire.StepBounding, "root of the container is root of the kernel: it mounts disks, loads modules, sets the clock.", boundCapabilities},
		{wire.StepUser, "the command is root, whoever was asked for.", becomeUser},
		{wire.StepCapabilities, "the command starts with init's capabilities, whatever was dropped.", setCapabilities},
		{wire.StepNoPrivileges, "su, sudo and every other set-user-ID program give the command's user more than it has.", gainNoPrivileges},
		{wire.StepSignals, "the command is deaf: a signal that is blocked stays blocked through execve, and one that is ignored, ignored.", signals},
		{wire.StepLookUp, "a command without a slash is not found: execve searches no PATH.", lookUp},
		{wire.StepFilter, "the command has the whole of the kernel's interface to look for an error in.", installFilter},
		{wire.StepReaper, "orphans whose end nobody waits for stay as zombies, and signals without a handler do nothing.", reaper},
		{wire.StepExec, "there is a process in namespaces, but it is mydocker's.", execute},
	}
}

// Steps lists the steps of init that can be explained.
func Steps() []string {
	var names []string
	for _, s := range steps() {
		names = append(names, s.name)
	}
	return names
}

// Without tells what goes wrong without a step of init.
func Without(name string) string {
	for _, s := range steps() {
		if s.name == name {
			return s.without
		}
	}
	return ""
}

// Init explains a step of init.
func Init(name string, config *wire.Config, operand string) []Action {
	for _, s := range steps() {
		if s.name == name {
			return s.actions(config, operand)
		}
	}
	return nil
}

func readConfig(*wire.Config, string) []Action {
	return []Action{{
		Kernel: fmt.Sprintf("read(%d, ...)", wire.ConfigFD),
		Why:    "Init waits at a pipe until mydocker has done its part, and learns the command from it.",
		Shell:  fmt.Sprintf("read -r command <&%d", wire.ConfigFD),
	}}
}

func closeFDs(config *wire.Config, _ string) []Action {
	last := wire.StatusFD
	if config.Console != nil {
		last = wire.TerminalFD
	}
	return []Action{{
		Kernel:   fmt.Sprintf("close_range(%d, ~0U, 0)", last+1),
		Why:      "What the caller had open, such as a directory of the host, must not reach the command.",
		Shell:    "exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-",
		Position: Inside,
	}, {
		Kernel: fmt.Sprintf("fcntl(%d, F_SETFD, FD_CLOEXEC)", wire.StatusFD),
		Why:    "The pipe to mydocker closes by itself when the command begins, which is how mydocker learns of it.",
	}}
}

func becomeRoot(config *wire.Config, _ string) []Action {
	if config.Root == "" {
		return nil
	}
	var actions []Action
	groups := "--keep-groups"
	if config.Root == wire.RootAlone {
		groups = "--clear-groups"
		actions = append(actions, Action{
			Kernel: "setgroups(0, NULL)",
			Why:    "The groups of the caller are none of the container's.",
			Shell:  "setpriv --clear-groups",
		})
	}
	return append(actions, Action{
		Kernel: "setresgid(0, 0, 0)",
		Why:    "In a new user namespace init is nobody until it takes one of the ids that it was given.",
		Shell:  "setpriv --regid 0",
	}, Action{
		Kernel: "setresuid(0, 0, 0)",
		Why:    "In a new user namespace init is nobody until it takes one of the ids that it was given.",
		Shell:  "setpriv --reuid 0",
	}, noInheritable("As root it gets its capabilities by the execve, and by nothing else."), dieWithParent(), Action{
		Why: "It waits for the maps, becomes root, and asks again to be killed with its parent.",
		Shell: `sh -euc 'until [ -n "$(cat /proc/self/gid_map)" ]; do sleep 0.1; done; ` +
			`exec setpriv --reuid 0 --regid 0 ` + groups + ` --inh-caps=-all --pdeathsig KILL "$@"' sh`,
		Position: Prefix,
		Live:     true, // in one, what the others say
	})
}

func mountPrivate(*wire.Config, string) []Action {
	return []Action{{
		Kernel:   mount("", "/", "", "MS_REC|MS_PRIVATE"),
		Why:      "What is mounted from here on stays in this mount namespace, even where systemd made \"/\" shared.",
		Shell:    "mount --make-rprivate /",
		Position: Inside,
	}}
}

func mountProc(config *wire.Config, _ string) []Action {
	if config.HostPID {
		return nil
	}
	return []Action{{
		Kernel:   mount("proc", "/proc", "proc", "MS_NOSUID|MS_NODEV|MS_NOEXEC"),
		Why:      "The new /proc shows the processes of the new PID namespace; the old one still shows the host's.",
		Shell:    "mount -t proc -o nosuid,nodev,noexec proc /proc",
		Position: Inside,
	}}
}

func cgroupNamespace(config *wire.Config, _ string) []Action {
	if len(config.Cgroups) == 0 {
		return nil
	}
	actions := []Action{Unshare(unix.CLONE_NEWCGROUP, unix.CLONE_NEWCGROUP)}
	for _, bind := range config.Cgroups {
		if bind.Target == "" {
			continue
		}
		actions = append(actions, Action{
			Kernel:   mount(bind.Source, bind.Target, "", "MS_BIND"),
			Why:      "The files have to fit the new names: the container's own cgroup stands where the whole tree was.",
			Shell:    "mount --bind " + Quote(bind.Source) + " " + Quote(bind.Target),
			Position: Inside,
			Use:      Piece, // the source goes with the container
		})
	}
	return actions
}

func loopback(config *wire.Config, _ string) []Action {
	if config.HostNetwork {
		return nil
	}
	return []Action{{
		Kernel:   `ioctl(socket, SIOCSIFFLAGS, {ifr_name="lo", ifr_flags=IFF_UP})`,
		Why:      "A new network namespace has the device lo only, and that is down; programs expect 127.0.0.1 to work.",
		Shell:    "ip link set lo up",
		Position: Inside,
	}}
}

func signals(*wire.Config, string) []Action {
	return []Action{{
		Kernel: "rt_sigprocmask(SIG_SETMASK, [...], NULL, 8)",
		Why:    "Mydocker has blocked signals to wait for them; the command starts with the mask of the caller.",
	}, {
		Kernel: "rt_sigaction(SIGPIPE, {sa_handler=SIG_DFL, ...}, NULL, 8)",
		Why:    "Mydocker ignores a broken pipe; the command must end by it, as anywhere.",
		Shell:  "env --default-signal=PIPE",
	}}
}

func lookUp(config *wire.Config, operand string) []Action {
	return []Action{{
		Kernel: call("faccessat", strconv.Quote(operand), "X_OK", "AT_EACCESS"),
		Why:    "The command is looked up in the container's PATH, and has to be a file that may be executed.",
		Shell:  "command -v " + Quote(config.Args[0]),
		Use:    AsIs,
	}}
}

func reaper(config *wire.Config, _ string) []Action {
	if !config.Reaper {
		return nil
	}
	actions := []Action{hideReaper(), {
		Kernel: "fork()",
		Why:    "Process 1 stays what it is, to wait for orphans and pass signals on; its child goes on.",
		Shell:  `sh -c '"$@"; exit' sh`,
	}, {
		Kernel:   "setsid()",
		Why:      "The command leads a session of its own, to which the terminal belongs.",
		Shell:    "setsid",
		Position: Last,
	}}
	if config.Terminal {
		actions = append(actions, Terminal(0))
	}
	return actions
}

// Terminal is that the terminal becomes that of a new session. Steal is 1 to take it
// from another session.
func Terminal(steal int) Action {
	return Action{
		Kernel: fmt.Sprintf("ioctl(1, TIOCSCTTY, %d)", steal),
		Why:    "The new terminal becomes the session's: Ctrl-C there is for the container.",
		Shell:  "setsid --ctty",
	}
}

func execute(config *wire.Config, operand string) []Action {
	return append(enterRoot(config), Action{
		Kernel: call("execve", strconv.Quote(operand), list(config.Args), fmt.Sprintf("/* %d vars */", len(config.Env))),
		Why:    "The process becomes the command, and stays process 1 of the container.",
		Shell:  "(exec " + QuoteAll(config.Args) + ")",
		Use:    InContainer,
	})
}
