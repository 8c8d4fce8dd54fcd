package explain

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/mydocker/mydocker/container/wire"
)

// These explain the steps that give the process what a wire.Process asks for.

func setNames(config *wire.Config, _ string) []Action {
	var actions []Action
	if name := config.Process.Hostname; name != "" {
		actions = append(actions, Action{
			Kernel:   fmt.Sprintf("sethostname(%q, %d)", name, len(name)),
			Why:      "The name is of the UTS namespace, so the host keeps its own.",
			Shell:    "hostname " + Quote(name),
			Position: Inside,
		})
	}
	if name := config.Process.Domainname; name != "" {
		actions = append(actions, Action{
			Kernel:   fmt.Sprintf("setdomainname(%q, %d)", name, len(name)),
			Why:      "The NIS domain name is the other name of the UTS namespace.",
			Shell:    "echo " + Quote(name) + " >/proc/sys/kernel/domainname",
			Position: Inside,
		})
	}
	return actions
}

func setSysctls(config *wire.Config, _ string) []Action {
	var actions []Action
	for _, setting := range config.Process.Sysctls {
		setting = strings.TrimPrefix(setting, string(wire.OptionalSysctl))
		actions = append(actions, writeSetting(setting, "This kernel parameter belongs to one of the container's namespaces, so the host keeps its own."))
	}
	return actions
}

func setOOMScore(config *wire.Config, _ string) []Action {
	if config.Process.OOMScore == "" {
		return nil
	}
	return []Action{writeSetting(config.Process.OOMScore, "It says how gladly the kernel kills this process when memory runs out, and is inherited.")}
}

// writeSetting explains what a wire.Process calls "/path=value".
func writeSetting(setting, why string) Action {
	file, value, _ := strings.Cut(setting, "=")
	a := Write(file, value, why)
	a.Position, a.Use = Inside, ByPlace // on the host it would be the host's
	return a
}

func setRlimits(config *wire.Config, _ string) []Action {
	var actions []Action
	for _, rlimit := range config.Process.Rlimits {
		fields := strings.SplitN(rlimit, " ", 4) // three numbers, and TYPE=SOFT:HARD
		name, limits, _ := strings.Cut(fields[len(fields)-1], "=")
		soft, hard, _ := strings.Cut(limits, ":")
		actions = append(actions, Action{
			Kernel:   fmt.Sprintf("prlimit64(0, RLIMIT_%s, {rlim_cur=%s, rlim_max=%s}, NULL)", strings.ToUpper(name), soft, hard),
			Why:      "This limit of setrlimit(2) is the process's own, and inherited; the soft one may be raised up to the hard one.",
			Shell:    fmt.Sprintf("prlimit --%s=%s:%s", name, soft, hard),
			Position: Last,
		})
	}
	return actions
}

func enterDir(config *wire.Config, _ string) []Action {
	dir := config.Process.Dir
	if dir == "" {
		return nil
	}
	a := Action{Kernel: "chdir(" + strconv.Quote(dir) + ")", Why: "The command starts in this directory.", Shell: "cd " + Quote(dir)}
	if len(config.Operations) == 0 { // see enterRoot
		a.Position = Inside
	}
	return []Action{a}
}

func setUmask(config *wire.Config, _ string) []Action {
	if config.Process.Umask == "" {
		return nil
	}
	_, mask, _ := strings.Cut(config.Process.Umask, " ") // four octal digits
	return []Action{{
		Kernel:   "umask(" + mask[1:] + ")",
		Why:      "New files are made without these permissions.",
		Shell:    "umask " + mask,
		Position: Inside,
	}}
}

func becomeUser(config *wire.Config, _ string) []Action {
	if config.Process.User == "" {
		return nil
	}
	ids, groups := userOf(config)
	setpriv := "--clear-groups"
	if len(groups) > 0 {
		setpriv = "--groups " + strings.Join(groups, ",")
	}
	const why = "Who gives up root gives up its capabilities; the groups first, while that is still allowed."
	actions := []Action{
		{Kernel: fmt.Sprintf("setgroups(%d, [%s])", len(groups), strings.Join(groups, ", ")), Why: why, Shell: "setpriv " + setpriv},
		{Kernel: fmt.Sprintf("setresgid(%d, %d, %d)", ids[1], ids[1], ids[1]), Why: why, Shell: fmt.Sprintf("setpriv --regid %d", ids[1])},
		{Kernel: fmt.Sprintf("setresuid(%d, %d, %d)", ids[0], ids[0], ids[0]), Why: why, Shell: fmt.Sprintf("setpriv --reuid %d", ids[0])},
	}
	if ids[0] != 0 {
		actions = append(actions, noInheritable("A program with capabilities in its file would give what is inheritable back."))
	}
	actions = append(actions, dieWithParent())
	if len(config.Operations) > 0 { // see enterRoot
		return actions
	}
	return append(actions, Action{
		Why:      why,
		Shell:    fmt.Sprintf("setpriv --reuid %d --regid %d %s --pdeathsig KILL", ids[0], ids[1], setpriv),
		Position: Last, Live: true, // in one, what the others say
	})
}

// userOf takes the user's ids, and the groups, out of the message.
func userOf(config *wire.Config) (ids [2]uint64, groups []string) {
	fields := strings.Fields(config.Process.User)
	for i := range ids {
		ids[i], _ = strconv.ParseUint(fields[i], 16, 32) //nolint:errcheck // Config has them of numbers
	}
	for _, field := range strings.Fields(config.Process.Groups) {
		gid, _ := strconv.ParseUint(field, 16, 32) //nolint:errcheck // the same
		groups = append(groups, strconv.FormatUint(gid, 10))
	}
	return ids, groups
}

func noInheritable(why string) Action {
	return Action{Kernel: "capset(...)", Why: why, Shell: "setpriv --inh-caps=-all"}
}

func dieWithParent() Action {
	return Action{
		Kernel: "prctl(PR_SET_PDEATHSIG, SIGKILL)",
		Why:    "Who becomes another user has to ask again to be killed with mydocker.",
		Shell:  "setpriv --pdeathsig KILL",
	}
}
