package explain

import (
	"fmt"
	"strings"

	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/wire"
)

// These explain the steps that take from the process what a wire.Security says.

func joinKeyring(config *wire.Config, _ string) []Action {
	if !config.Security.Keyring {
		return nil
	}
	return []Action{{
		Kernel: "keyctl(KEYCTL_JOIN_SESSION_KEYRING, NULL)",
		Why:    "Keys that the caller keeps in the kernel, of disks and file servers, are in a keyring that a process inherits.",
		Shell:  "keyctl session -",
	}}
}

// boundCapabilities has the script do what boundCapabilities and setCapabilities do: for
// setpriv(1) that is one.
func boundCapabilities(config *wire.Config, _ string) []Action {
	c := config.Security.Capabilities
	if c == nil {
		return nil
	}
	var actions []Action
	var dropped []string
	for number, capability := range spec.Capabilities() {
		if c.Drop>>number&1 == 0 {
			continue
		}
		name := strings.ToLower(strings.TrimPrefix(capability.Name, "CAP_"))
		dropped = append(dropped, "-"+name)
		actions = append(actions, Action{
			Kernel: fmt.Sprintf("prctl(PR_CAPBSET_DROP, %s)", capability.Name),
			Why:    "Nothing inside may " + capability.Allows + ", not even root or a set-user-ID program.",
			Shell:  "setpriv --bounding-set=-" + name,
		})
	}
	if len(dropped) == 0 {
		return nil
	}
	if len(config.Operations) > 0 { // see enterRoot
		return actions
	}
	return append(actions, Action{
		Why:      "What is taken out of the bounding set comes back by no execve.",
		Shell:    "setpriv --bounding-set=" + strings.Join(dropped, ","),
		Position: Last, Live: true, // in one, what the others say
	})
}

func setCapabilities(config *wire.Config, _ string) []Action {
	if config.Security.Capabilities == nil {
		return nil
	}
	return []Action{{
		Kernel:   "capset(...)",
		Why:      "Init gives up what the command is not to have. None is inheritable: a program with capabilities in its file would give it back.",
		Shell:    "setpriv --inh-caps=-all",
		Position: lastUnlessOwnRoot(config),
	}}
}

// lastUnlessOwnRoot is Last, but with a root of its own Nowhere: see enterRoot.
func lastUnlessOwnRoot(config *wire.Config) Position {
	if len(config.Operations) > 0 {
		return Nowhere
	}
	return Last
}

func gainNoPrivileges(config *wire.Config, _ string) []Action {
	if !config.Security.NoNewPrivileges {
		return nil
	}
	return []Action{{
		Kernel:   "prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)",
		Why:      "A set-user-ID program, or one with capabilities in its file, is an ordinary program from now on.",
		Shell:    "setpriv --no-new-privs",
		Position: lastUnlessOwnRoot(config),
	}}
}

func installFilter(config *wire.Config, _ string) []Action {
	s := &config.Security
	if s.Filter == "" {
		return nil
	}
	actions := []Action{{
		Kernel: fmt.Sprintf("seccomp(SECCOMP_SET_MODE_FILTER, ..., {len=%d, filter=...})", len(s.Filter)/wire.FilterDigits),
		Why:    "The kernel asks this program about each system call: what a container has no use for is an error, and no way to the kernel's less tested parts.",
		Lacks:  "a shell installs no seccomp filter",
	}}
	if s.FilterNeedsAdmin() && s.Capabilities != nil {
		actions = append(actions, Action{
			Kernel: "capset(...)",
			Why:    "The kernel takes a filter from who has CAP_SYS_ADMIN, or has execve give no privileges; the filter is there, so that goes.",
		})
	}
	return actions
}

// hideReaper is that PID 1, which is mydocker's program, is not for the container.
func hideReaper() Action {
	return Action{
		Kernel: "prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE)",
		Why:    "Process 1 is mydocker's own program, of the host: nobody in the container may open or trace it (CVE-2019-5736).",
	}
}
