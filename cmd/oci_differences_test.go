package cmd_test

// ociDifferences are the fields that are not the same with runc 1.1, crun 1.8 and mydocker-oci: who
// is alone with its value ("all" if there are three), with which feature if that matters, and why.
// docs/oci.md tells of those that are mydocker's.
var ociDifferences = []struct{ field, who, with, reason string }{
	// What mydocker alone has otherwise.
	{"mask:.*|path:.*:write", "mydocker all", "masked paths", "masked paths are covered by one empty file and one empty directory, read-only, without devices; the others use /dev/null and a tmpfs each"},
	{"mount:/sys/fs/cgroup:options|cgroup-write|cgroup-entries", "mydocker all", "", "with a cgroup namespace the others leave the directory above v1's hierarchies writable, though it is to be read-only"},
	{"mount:/(copied|data|tmp|relative):super", "mydocker all", "mounts", "a tmpfs shows the mode that it got at once; the others change it afterwards, and so can who is in there"},
	{"outcome", "mydocker", "time namespace", "runc 1.1 and crun 1.8 do not know it"},
	{"env", "all", "masked paths", "HOME is that of the root's /etc/passwd, even if that is masked; crun gives none"},
	{"file:/dev/mqueue", "all", "user namespace", "the queues of a new IPC namespace belong to who has made it, which is seen where nothing is mounted there"},
	{"mount:.*:propagation", "mydocker", "propagation", "with a shared root binds are shared whatever the host's mounts are"},
	{"outcome", "mydocker", "broken: ids without user namespace", "maps that would map nobody are refused, as by runc 1.2"},
	{"outcome", "mydocker", "broken: effective beyond permitted", "what cannot be effective is left out with a warning, as by runc 1.2"},
	{"outcome", "mydocker", "broken: time offsets without namespace", "they would have no effect, so they are refused"},
	{"outcome", "mydocker", "broken: terminal without one", "run passes on what goes through a terminal whatever its own streams are"},
	{"outcome", "mydocker", "broken: unknown system call", "a rule that forbids a call which nobody knows is refused: it would forbid nothing"},

	// What crun 1.8 alone has otherwise.
	{"cgroup-of:|cgroup:cgroup[.](freeze|type)|cgroup", "crun all", "", "crun does not run with cgroup v2 beside v1: it is taken away for it"},
	{"cgroup-entries|mount:/sys/fs/cgroup.*", "crun all", "", "crun names the source and size of what it mounts there otherwise, and binds the host's mounts"},
	{"cgroup-of:.*", "crun", "relative cgroup", "crun has relative paths begin at the root of the hierarchy"},
	{"mount:/proc/(bus|fs|irq|sys|sysrq-trigger):options", "crun", "read-only paths", "crun loses nosuid, nodev and noexec of what it makes read-only"},
	{"pid", "all", "namespaces", "it is the host's"},
	{"mask:.*|path:.*", "crun all", "masked paths", "crun binds the host's /dev/null, and covers nothing that a mount came over"},
	{"env", "crun", "", "crun sets no HOME"},
	{"mount:/(copied|data|tmp|relative):(mode|super|options)|tmp-write|mknod", "crun all", "mounts", "crun gives a tmpfs mode 1777, whatever it covers, and undoes options of one that becomes read-only"},
	{"mount:/bound:(propagation|options)|mount:.*/below:.*", "crun", "mounts", "crun makes recursive what is to be bound alone, and in a user namespace the other way round"},
	{"notes-inside", "crun all", "hooks", "crun 1.8 calls the status of hooks before the command \"starting\""},
	{"mount:/sys:super|sysfs-write", "crun runc all", "", "sysfs is mounted read-only by its mount, or as a whole: that is told before who may write"},
	{"mount:/dev/.*:options", "crun", "user namespace", "crun binds devices with the options of /dev"},
	{"outcome", "crun", "no limit of pids or CPU", "crun writes -1 as it is"},
	{"outcome", "crun", "broken: unknown type of device", "crun makes something else"},
	{"outcome", "crun", "devices", "crun makes device nodes in a user namespace, which nobody can open"},
	{"outcome", "crun", "broken: newer version", "crun 1.8 is older than 1.1 of the specification"},
	{"left", "crun", "", "crun leaves the cgroup of what it could not run"},

	// What runc 1.1 alone has otherwise.
	{"file:/dev/core", "crun", "", "crun makes /dev/core where there is no /proc/kcore, too"},
	{"cgroup:devices.list", "runc all", "", "runc allows /dev/net/tun and not /dev/console"},
	{"notes|notes-inside", "runc all", "hooks", "runc 1.1 calls the status of hooks before the start \"creating\""},
	{"(mount|mask):.*:propagation", "runc", "propagation", "runc 1.1 does not have the root be shared where it was a slave"},
	{"mknod|tmp-write|mount:/tmp:mode", "runc", "mounts", "runc 1.1 loses mode= of a tmpfs over a directory"},
	{"domainname", "runc", "domainname", "runc 1.1 does not know it"},
	{"path:.*:empty", "runc all", "masked paths", "runc covers what a mount came over"},
	{"outcome", "runc", "broken: errno of an action without", "runc takes no notice"},
	{"outcome", "runc", "broken: filter flag", "runc 1.1 does not know any"},
	{"outcome", "runc", "broken: device without path", "runc takes no notice"},
	{"outcome", "runc", "broken: rule of an unknown access", "runc takes no notice"},
	{"outcome", "runc", "broken: filter of no call", "runc takes no notice"},
	{"outcome", "runc", "broken: unknown personality", "runc 1.1 does not know any"},
	{"outcome", "runc", "domainname", "runc 1.1 does not know it, and so does not see that it would be the host's"},
	{"outcome", "runc", "propagation", "runc cannot bind a root that it has made unbindable"},
	{"outcome", "runc", "user namespace", "runc mounts no sysfs where the network namespace is another user namespace's; the others bind the host's"},
	{"outcome", "runc", "devices", "runc opens the container's /dev/null, as whatever user that is for"},
	{"file:/dev/net/tun", "crun", "devices", "crun does not allow /dev/net/tun always"},
	{"outcome", "runc", "broken: no version", "runc takes it for its own"},
}
