package wire

// The keys of a Process's fields.
const (
	KeyHostname   = "hostname"
	KeyDomainname = "domainname"
	KeySysctl     = "sysctl"
	KeyOOMScore   = "oom-score"
	KeyRlimit     = "rlimit"
	KeyDir        = "dir"
	KeyUmask      = "umask"
	KeyUser       = "user"
	KeyGroups     = "groups"
	KeyLabel      = "label"
	KeyScheduler  = "scheduler"
	KeyIOPriority = "io-priority"
)

// KeepGroups are the groups of a process that keeps those of its caller.
const KeepGroups = "keep"

// MaxGroups is how many supplementary groups a process can have (NGROUPS_MAX).
const MaxGroups = 65536

// OptionalSysctl is before a sysctl that nobody asked for: an older kernel has no such
// file, or it is on a /proc that is read-only.
const OptionalSysctl = '-'

// Process is what the command starts with beyond its arguments and its
// environment, in the form that the child needs no thought for. What is empty
// stays as the child was born with it.
type Process struct {
	// Hostname and Domainname are those of the UTS namespace.
	Hostname, Domainname string
	// Sysctls are files and what is to be written there, as "/path=value". Behind
	// OptionalSysctl it is no failure where that cannot be done.
	Sysctls []string
	// OOMScore is the like for /proc/self/oom_score_adj.
	OOMScore string
	// Rlimits are "RESOURCE SOFT HARD NAME": three hexadecimal numbers, and what
	// an error calls the limit.
	Rlimits []string
	// Dir is the working directory.
	Dir string
	// Umask is "MASK NAME", the mask hexadecimal.
	Umask string
	// User is "UID GID NAME": two hexadecimal numbers, and what an error calls
	// the user. Groups are all the groups that come with it, hexadecimal numbers
	// each followed by a space, or KeepGroups.
	User, Groups string
	// Labels are of security modules, files of /proc/self/attr and what is to be written there,
	// as "/path=value".
	Labels []string
	// Scheduler is "POLICY FLAGS NICE PRIORITY RUNTIME DEADLINE PERIOD " of sched_setattr(2),
	// IOPriority the number of ioprio_set(2) and a space; all are hexadecimal.
	Scheduler, IOPriority string
}

// fields lists p as the fields of a message.
func (p *Process) fields() (fields [][2]string) {
	for _, field := range [...][2]string{
		{KeyHostname, p.Hostname}, {KeyDomainname, p.Domainname}, {KeyOOMScore, p.OOMScore},
		{KeyDir, p.Dir}, {KeyUmask, p.Umask}, {KeyUser, p.User}, {KeyGroups, p.Groups}, {KeyScheduler, p.Scheduler}, {KeyIOPriority, p.IOPriority},
	} {
		if field[1] != "" {
			fields = append(fields, field)
		}
	}
	for _, label := range p.Labels {
		fields = append(fields, [2]string{KeyLabel, label})
	}
	for _, sysctl := range p.Sysctls {
		fields = append(fields, [2]string{KeySysctl, sysctl})
	}
	for _, rlimit := range p.Rlimits {
		fields = append(fields, [2]string{KeyRlimit, rlimit})
	}
	return fields
}
