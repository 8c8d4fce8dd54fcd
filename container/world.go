package container

import (
	"fmt"
	"path"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// World is what the command finds when it starts, beyond its arguments and its
// environment. The zero value leaves everything as mydocker's caller has it.
type World struct {
	// Hostname and Domainname are of MaxHostname bytes at most; "" is the host's.
	Hostname, Domainname string
	// Sysctls are set in their order.
	Sysctls []Sysctl
	// Rlimits are set in their order.
	Rlimits []Rlimit
	// OOMScoreAdj says how gladly the kernel kills the command when memory runs
	// out, MinOOMScoreAdj (never) to MaxOOMScoreAdj (first of all); see
	// proc_pid_oom_score_adj(5). nil is the caller's.
	OOMScoreAdj *int
	// Dir is the working directory, absolute; "" is the caller's.
	Dir string
	// Umask is the file mode creation mask, 0 to MaxUmask; nil is the caller's.
	Umask *uint32
	// User is NAME|UID[:GROUP|GID], which brings its groups along, "" the
	// caller. A user comes with HOME, if the environment has none. Groups are
	// further groups, by name or number.
	User   string
	Groups []string
}

// The bounds of a World's fields, which are the kernel's.
const (
	MaxHostname    = 64 // bytes (gethostname(2))
	MinOOMScoreAdj = -1000
	MaxOOMScoreAdj = 1000
	MaxUmask       = 0o777
)

// validate checks w for a container that has these namespaces of its own.
func (w *World) validate(private privateNamespaces) error {
	if err := w.validateNames(private); err != nil {
		return err
	}
	if w.Dir != "" && !path.IsAbs(w.Dir) || strings.ContainsRune(w.Dir, 0) {
		return fmt.Errorf("working directory %q is not an absolute path", w.Dir)
	}
	if adj := w.OOMScoreAdj; adj != nil && (*adj < MinOOMScoreAdj || *adj > MaxOOMScoreAdj) {
		return fmt.Errorf("OOM score adjustment of %d is out of range: %d to %d", *adj, MinOOMScoreAdj, MaxOOMScoreAdj)
	}
	if w.Umask != nil && *w.Umask > MaxUmask {
		return fmt.Errorf("umask %#o is out of range: 0 to %#o", *w.Umask, MaxUmask)
	}
	for _, rlimit := range w.Rlimits {
		if rlimit.Soft > rlimit.Hard {
			return fmt.Errorf("ulimit %v: the soft limit is above the hard one", rlimit)
		}
	}
	for _, sysctl := range w.Sysctls {
		if err := sysctl.check(private); err != nil {
			return err
		}
	}
	return nil
}

func (w *World) validateNames(private privateNamespaces) error {
	for _, name := range []string{w.Hostname, w.Domainname} {
		if len(name) > MaxHostname || strings.ContainsRune(name, 0) {
			return fmt.Errorf("host or domain name %q is not one of at most %d bytes", name, MaxHostname)
		}
		if name != "" && !private.uts {
			return fmt.Errorf("host or domain name %q: the container shares the host's", name)
		}
	}
	return nil
}

// process is w as the child takes it, and who the command runs as, which is nil
// for the caller.
func (w *World) process(user *credentials) wire.Process {
	p := wire.Process{Hostname: w.Hostname, Domainname: w.Domainname, Dir: w.Dir}
	for _, sysctl := range w.Sysctls {
		p.Sysctls = append(p.Sysctls, "/proc/sys/"+sysctl.Path+"="+sysctl.Value)
	}
	for _, r := range w.Rlimits {
		p.Rlimits = append(p.Rlimits, fmt.Sprintf("%x %x %x %v", r.Resource, r.Soft, r.Hard, r))
	}
	if w.OOMScoreAdj != nil {
		p.OOMScore = fmt.Sprintf("/proc/self/oom_score_adj=%d", *w.OOMScoreAdj)
	}
	if w.Umask != nil {
		p.Umask = fmt.Sprintf("%x %04o", *w.Umask, *w.Umask)
	}
	if user != nil {
		p.User = fmt.Sprintf("%x %x %s", user.uid, user.gid, user)
		for _, gid := range user.groups {
			p.Groups += fmt.Sprintf("%x ", gid)
		}
	}
	return p
}

// worldCause is the likely cause of a failure that the errno alone does not tell.
func worldCause(status *wire.Status) string {
	if status.Step == wire.StepLookUp && status.Errno == unix.ENOENT && !strings.Contains(status.Operand, "/") {
		return "not found in PATH"
	}
	for _, cause := range [...]struct {
		step  string
		errno syscall.Errno
		text  string
	}{
		{wire.StepRlimits, unix.EPERM, "above the caller's hard limit, which takes CAP_SYS_RESOURCE, or for nofile above /proc/sys/fs/nr_open"},
		{wire.StepOOMScore, unix.EACCES, "below the caller's, which takes CAP_SYS_RESOURCE"},
		{wire.StepSysctls, unix.ENOENT, "this kernel has no such sysctl, or not in a namespace"},
		{wire.StepSysctls, unix.EINVAL, "not a value for it"},
		{wire.StepDir, unix.ENOENT, "mydocker makes no directory on the host; mkdir it before"},
		{wire.StepUser, unix.EPERM, "CAP_SETUID and CAP_SETGID are needed; a user namespace with the caller alone lets nobody change groups"},
		{wire.StepUser, unix.EINVAL, "an id that the user namespace does not have"},
		{wire.StepExec, unix.E2BIG, "arguments and environment together may be a quarter of the stack's limit, 6 MiB at most, and each of them 128 KiB"},
		{wire.StepExec, unix.EAGAIN, "the user's limit on processes is reached: --ulimit nproc"},
	} {
		if cause.step == status.Step && cause.errno == status.Errno {
			return cause.text
		}
	}
	return ""
}
