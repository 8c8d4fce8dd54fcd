package ocicli

import "slices"

// verb is one thing that can be done with a container, or without one.
type verb struct {
	name string
	// usage is a line about it, and words what it takes besides flags.
	usage, words string
	// least and most are how many words there have to be and may be, most 0 for any number.
	least, most int
	// command is the word behind which all belongs to another command, 0 for none.
	command int
	// unread is a verb that is refused, whatever its arguments are.
	unread bool
	flags  []flag
	run    func(*call) (code int, err error)
}

const (
	verbExec    = "exec"
	verbRun     = "run"
	helpName    = "help"
	versionName = "version"
	oneID       = "<container-id>"
	// managerName is crun's flag for who makes cgroups.
	managerName = "cgroup-manager"
	// noWords is the most of a verb that takes none.
	noWords = -1
)

func globalFlags() []flag {
	return []flag{
		{name: "root", value: "DIR", usage: "directory of the containers (default: /run/mydocker-oci, without root $XDG_RUNTIME_DIR/mydocker-oci)"},
		{name: "log", value: "FILE", usage: "file to which messages are appended, besides the last, which is an error, on stderr"},
		{name: "log-format", value: "FORMAT", usage: "text or json"},
		{name: "debug", usage: "log each step"},
		{name: "systemd-cgroup", usage: "have systemd make the cgroup: cgroupsPath is SLICE:PREFIX:NAME then"},
		{name: managerName, value: "cgroupfs|systemd", usage: "systemd is --systemd-cgroup (default: cgroupfs)"},
		{name: "rootless", value: "true|false|auto", usage: "accepted: whether cgroups can be had is found out"},
		{name: "criu", value: "FILE", usage: "accepted: there is no checkpoint"},
		{name: helpName, short: "h", usage: "show this help"},
		{name: versionName, short: "v", usage: "show the versions of mydocker and of the specification"},
	}
}

// quickVerbs are those by which containers live, which engines call, and the version, which they
// ask for.
func quickVerbs() []verb {
	return []verb{
		{name: "create", usage: "create a container, whose command waits for start", words: oneID, least: 1, most: 1, flags: createFlags(), run: (*call).create},
		{name: "start", usage: "have a created container execute its command", words: oneID, least: 1, most: 1, run: (*call).start},
		{name: "state", usage: "show the state of a container", words: oneID, least: 1, most: 1, run: (*call).state},
		{name: "kill", usage: "send a signal to the init process (default: SIGTERM)", words: oneID + " [SIGNAL]", least: 1, most: 2, flags: []flag{
			{name: "all", short: "a", usage: "send it to all processes of the container"},
		}, run: (*call).kill},
		{name: "delete", usage: "remove a container that has stopped", words: oneID, least: 1, most: 1, flags: []flag{
			{name: "force", short: "f", usage: "kill it before, if it runs; it is no failure that there is none"},
			{name: "regex", usage: "remove all whose id a regular expression matches"},
		}, run: (*call).delete},
		{name: verbRun, usage: "create a container, start it, wait for its end and delete it", words: oneID, least: 1, most: 1, flags: runFlags(), run: (*call).runContainer},
		{name: verbExec, usage: "execute another command in a container", words: oneID + " [COMMAND ARG...]", least: 1, command: 2, flags: execFlags(), run: (*call).exec},
		{name: "ps", usage: "show the processes of a container", words: oneID + " [PS-OPTION...]", least: 1, command: 1, flags: []flag{
			{name: "format", short: "f", value: "table|json", usage: "a table of ps(1), or the pids (default: table)"},
		}, run: (*call).ps},
		{name: "pause", usage: "stop all processes of a container until resume", words: oneID, least: 1, most: 1, run: (*call).pause},
		{name: "resume", usage: "let the processes of a paused container go on", words: oneID, least: 1, most: 1, run: (*call).resume},
		{name: "update", usage: "change limits of a container", words: oneID, least: 1, most: 1, flags: updateFlags(), run: (*call).update},
		{name: versionName, usage: "show the versions of mydocker and of the specification", most: noWords, run: (*call).version},
	}
}

func createFlags() []flag {
	return []flag{
		{name: "bundle", short: "b", value: "DIR", usage: "directory with config.json (default: the working directory)"},
		{name: "config", short: "f", value: "FILE", usage: "configuration, below the bundle (default: config.json)"},
		{name: "console-socket", value: "SOCKET", usage: "unix socket that gets the master of the pseudo-terminal"},
		{name: "pid-file", value: "FILE", usage: "file to write the pid of the init process to"},
		{name: "pidfd-socket", value: "SOCKET", usage: "unix socket that gets a pidfd of the init process"},
		{name: "no-pivot", usage: "do not use pivot_root(2), for a root file system on a ramdisk"},
		{name: "no-new-keyring", usage: "keep the caller's session keyring"},
		{name: "preserve-fds", value: "N", usage: "how many further descriptors the command gets, from 3 on"},
	}
}

func runFlags() []flag {
	return append(createFlags(),
		flag{name: "detach", short: "d", usage: "return when the command runs"},
		flag{name: "keep", usage: "do not delete the container when its command has ended"},
		flag{name: "no-subreaper", usage: "accepted: mydocker waits for its own process alone"},
	)
}

func execFlags() []flag {
	return []flag{
		{name: "console-socket", value: "SOCKET", usage: "unix socket that gets the master of the pseudo-terminal"},
		{name: "cwd", value: "DIR", usage: "working directory in the container"},
		{name: "env", short: "e", value: "NAME=VALUE", usage: "variable of the environment; may be repeated"},
		{name: "tty", short: "t", usage: "give the command a pseudo-terminal"},
		{name: "user", short: "u", value: "UID[:GID]", usage: "whom to run as"},
		{name: "additional-gids", short: "g", value: "GID", usage: "further group; may be repeated"},
		{name: "process", short: "p", value: "FILE", usage: "file with the process as JSON, in the place of a command"},
		{name: "detach", short: "d", usage: "return when the command runs"},
		{name: "pid-file", value: "FILE", usage: "file to write the pid to"},
		{name: "pidfd-socket", value: "SOCKET", usage: "unix socket that gets a pidfd of the command"},
		{name: "process-label", value: "LABEL", usage: "SELinux label of the process"},
		{name: "apparmor", value: "PROFILE", usage: "AppArmor profile of the process"},
		{name: "no-new-privs", usage: "set no_new_privs"},
		{name: "cap", short: "c", value: "CAPABILITY", usage: "capability to have besides the container's; may be repeated"},
		{name: "preserve-fds", value: "N", usage: "how many further descriptors the command gets, from 3 on"},
		{name: "cgroup", value: "[CONTROLLER:]PATH", usage: "cgroup below the container's that the command goes into; may be repeated"},
		{name: "ignore-paused", usage: "begin also in a paused container; the command runs when that goes on"},
	}
}

// parseVerb finds the verb that is named, and takes apart what follows it.
func (c *call) parseVerb() error {
	name, args := "", []string(nil)
	if len(c.global.words) > 0 {
		name, args = c.global.words[0], c.global.words[1:]
	}
	for _, other := range []string{versionName, helpName} {
		if c.global.on(other) {
			name, args = other, nil
		}
	}
	verbs := slices.Concat(quickVerbs(), otherVerbs())
	at := slices.IndexFunc(verbs, func(v verb) bool { return v.name == name })
	if at < 0 {
		return unknownVerb(name)
	}
	c.verb = &verbs[at]
	return c.parseArguments(args)
}

func (c *call) parseArguments(args []string) (err error) {
	v := c.verb
	if v.unread {
		c.arguments = &arguments{}
		if slices.Contains(args, "-h") || slices.Contains(args, "--"+helpName) {
			return c.help()
		}
		return nil
	}
	if c.arguments, err = parse(append(v.flags, flag{name: helpName, short: "h"}), args, v.command); err != nil {
		return err
	}
	if c.on(helpName) {
		return c.help()
	}
	words := len(c.words)
	switch {
	case v.most == noWords && words > 0:
		return usageError("%q takes no arguments", v.name)
	case v.most == noWords, words >= v.least && (v.most == 0 || words <= v.most):
		return nil
	case v.least == v.most:
		return usageError("%q requires exactly %d argument(s)", v.name, v.least)
	case words < v.least:
		return usageError("%q requires a minimum of %d argument(s)", v.name, v.least)
	}
	return usageError("%q requires a maximum of %d argument(s)", v.name, v.most)
}
