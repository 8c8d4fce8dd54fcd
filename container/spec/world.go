package spec

import (
	"fmt"
	"path"
	"strings"
)

// World is what the command finds when it starts, beyond its arguments and its
// environment. The zero value leaves everything as mydocker's caller has it.
type World struct {
	// Hostname and Domainname are of MaxHostname bytes at most; "" is the host's.
	Hostname, Domainname string
	// NameInEnv sets HOSTNAME in the environment, where that has none, to the hostname.
	NameInEnv bool
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
func (w *World) validate(private PrivateNamespaces) error {
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
		if err := sysctl.Check(private); err != nil {
			return err
		}
	}
	return nil
}

func (w *World) validateNames(private PrivateNamespaces) error {
	for _, name := range append([]string{w.User}, w.Groups...) {
		if strings.ContainsRune(name, 0) {
			return fmt.Errorf("user or group %q holds a NUL byte", name)
		}
	}
	for _, name := range []string{w.Hostname, w.Domainname} {
		if len(name) > MaxHostname || strings.ContainsRune(name, 0) {
			return fmt.Errorf("host or domain name %q is not one of at most %d bytes", name, MaxHostname)
		}
		if name != "" && !private.UTS {
			return fmt.Errorf("host or domain name %q: the container shares the host's", name)
		}
	}
	return nil
}
