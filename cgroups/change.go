package cgroups

// Change is one change of a cgroup file system.
type Change struct {
	Verb Verb
	// Path is the directory or file.
	Path string
	// Value is what is written, Mode the mode of what is made.
	Value string
	Mode  uint32
	// Why says in one sentence what it is for.
	Why string

	// What follows is only in a Plan. From is the file whose content is written.
	From string
	// Shared says that it is done to a parent, for which others may have done it,
	// and which others may use.
	Shared bool
	// Optional says that nothing is lost where the kernel has no such file.
	Optional bool
	// Else is done instead where the kernel has no such file.
	Else *Change
}

// Verb is what a Change does.
type Verb int

// The verbs.
const (
	Make Verb = iota
	Write
	Remove
	// Attach is bpf(2): the cgroup at Path gets a program.
	Attach
	// Lock is flock(2) of a file, which lasts as long as the process.
	Lock
)

// The reasons of changes that no limit is the reason of.
const (
	whyOwn    = "Each container has a cgroup of its own in each hierarchy; the kernel fills it with files."
	whyNames  = "One cgroup below the parent keeps the names of containers: each is a byte of a file that its mydocker has locked."
	whyLock   = "The kernel drops this lock when mydocker ends, however it ends: a cgroup that nobody has locked is a leftover, for the next run to remove."
	whyParent = "The cgroups of all containers are below one parent."
	whyEnable = "On cgroup v2 a cgroup has the files of a controller only if the one above passes the controller on."
	whyEnter  = "A thread of mydocker enters the container's cgroup (0 is the writer itself), so that init is born there."
	whyLeave  = "The thread goes back to where it was; what it has cloned stays."
	whyMove   = "This kernel cannot have a process born in a v2 cgroup, so init is moved before it gets its command."
	whyJoin   = "This cgroup counts tasks, so no thread of mydocker enters it; init is moved, before it gets its command."
	whyKill   = "What is left in the cgroup is killed, all at once."
	whyRemove = "No process is left in the cgroup; nothing else would remove it."
	whyUnused = "The last container that leaves removes the parent, too."
)

// changed tells who watches of a change that was just made.
func (m *CgroupManager) changed(verb Verb, path, value, why string) {
	if m != nil && m.Watch != nil {
		m.Watch(Change{Verb: verb, Path: path, Value: value, Why: why})
	}
}

// mkdir makes the cgroup at dir.
func (t *tree) mkdir(dir string, mode uint32, why string) error {
	err := mkdir(dir, mode)
	if err == nil && t.manager != nil && t.manager.Watch != nil {
		t.manager.Watch(Change{Verb: Make, Path: dir, Mode: mode, Why: why})
	}
	return err
}
