package container

// stepCleanUp is the undo stack's run at the end, as it is told.
const stepCleanUp = "clean up"

// consequence tells what goes wrong without a step of mydocker, for --explain.
func consequence(step string) string {
	for _, s := range [...]struct{ step, without string }{
		{"check privileges", "the first system call that needs CAP_SYS_ADMIN fails, with half a container made."},
		{"check the streams", "output that goes nowhere is found out when the command has already run."},
		{"find the root", "a directory that does not exist is found out with half a container made."},
		{"restrict the command", "the command has all capabilities that mydocker has, and the whole of the kernel's interface."},
		{"find the user", "the command runs as the caller, or as the user of a number that is a typing error."},
		{"find cgroups", "the limits are written to where this host has no cgroups: v1, v2 and their mixtures have other places."},
		{"catch signals", "Ctrl-C ends mydocker and leaves its cgroups behind; a command that is PID 1 never hears of it."},
		{"make the layers", "what the command writes to its copy-on-write root has nowhere to go."},
		{"create cgroups", "nothing limits the command: with all namespaces it may still use up the host's memory."},
		{"claim the name", "two live containers have one name."},
		{"write the cidfile", "a script has to guess which container is its own."},
		{"open streams", "the command has the caller's terminal, and root could type into it for the caller's shell (TIOCSTI)."},
		{"plan the root", "the command has the host's files, and can change and read them all."},
		{"prepare the volumes", "a volume whose directory is missing fails, and the command's user finds files in it that are not that user's."},
		{"create namespaces", "hostname, ip and ipcrm inside change the host."},
		{"start init", "there is no process; one that is started first and moved then runs without limits for a moment."},
		{"map users", "everybody in the user namespace is nobody (65534)."},
		{"write the pidfile", "who wants to look at the container from outside (nsenter, /proc) has to search for its PID."},
		{"send the command", "init waits for ever; and as an argument of init the command would start before its limits are set."},
		{"clear leftovers", "the cgroups of runs that were killed by SIGKILL add up until a reboot."},
		{"await the command", "a command that cannot be found looks like one that ended with 127."},
		{"watch the time", "an endless loop runs for ever."},
		{"wait for the command", "the shell's prompt is back while the command still runs, and nobody learns its status."},
		{stepCleanUp, "each run leaves a directory in each hierarchy, and a terminal that echoes nothing."},
	} {
		if s.step == step {
			return s.without
		}
	}
	return ""
}
