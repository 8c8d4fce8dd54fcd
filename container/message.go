package container

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/sirupsen/logrus"

	"github.com/mydocker/mydocker/container/entry"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/users"
	"github.com/mydocker/mydocker/container/wire"
)

// message is all that init needs to know.
func (r *run) message() *wire.Config {
	namespaces := &r.config.Namespaces
	return &wire.Config{
		Args:        r.config.Command,
		Env:         r.environment(),
		Cgroups:     r.privateCgroups(),
		HostNetwork: namespaces.HostNetwork,
		HostPID:     namespaces.HostPID,
		Root:        r.userNamespace.Root(),
		Mask:        entry.CallersMask(),
		Process:     processOf(&r.config.World, r.user, r.defaultSysctls()),
		Operations:  r.root,
		Security:    r.restrictions(),
		Reaper:      r.config.Init,
		Terminal:    r.config.Init && r.hasTerminal(),
		Console:     r.console(),
		Trace:       r.teller != nil || r.log.IsLevelEnabled(logrus.DebugLevel),
		Clock:       r.config.Report != nil || r.config.Lifetime.Timeout > 0,
		Lifecycle:   wire.Lifecycle{Files: len(r.managed.listen), Preserved: len(r.managed.listen)},
	}
}

// environment is the command's, with what goes with the container's name and user.
func (r *run) environment() []string {
	env := r.config.Env
	if name := r.hostname(); r.config.World.NameInEnv && name != "" && !has(env, "HOSTNAME") {
		env = append(slices.Clip(env), "HOSTNAME="+name)
	}
	env = append(slices.Clip(env), r.managed.env...)
	return r.user.Environment(env)
}

// has reports whether an environment sets a variable.
func has(env []string, name string) bool {
	return slices.ContainsFunc(env, func(s string) bool { return strings.HasPrefix(s, name+"=") })
}

// hostname is what the container calls itself, or "" where that cannot be told.
func (r *run) hostname() string {
	if !r.config.Namespaces.HostUTS {
		return r.config.World.Hostname
	}
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	return name
}

// privateCgroups returns where init has to mount what, if it gets a cgroup
// namespace.
func (r *run) privateCgroups() []wire.Bind {
	choice, ownRoot := r.config.Namespaces.Cgroup, r.config.Root.Own()
	if choice == spec.CgroupHost || choice == spec.CgroupDefault && !r.cgroups.OnlyV2() && !ownRoot {
		return nil
	}
	var binds []wire.Bind
	for _, view := range r.cgroups.Views() {
		bind := wire.Bind{Source: view.Dir, Target: view.Mountpoint}
		if ownRoot { // where they are bound by an operation
			bind.Target = ""
		}
		binds = append(binds, bind)
	}
	return binds
}

// defaultSysctls are those of a network namespace of the container's own in which the
// command runs as a user that was asked for: as in Docker, a user may bind the low
// ports there and ping. For all others they are not worth the time of each start.
func (r *run) defaultSysctls() (sysctls []string) {
	if r.user == nil || r.user.UID == 0 || r.config.Namespaces.HostNetwork {
		return nil
	}
	sysctls = []string{"-/proc/sys/net/ipv4/ip_unprivileged_port_start=0"} // Linux 4.11
	if r.userNamespace == nil {                                            // in one, all these groups would have to be mapped
		sysctls = append(sysctls, "-/proc/sys/net/ipv4/ping_group_range=0 2147483647")
	}
	return sysctls
}

// processOf is w as the child takes it, and who the command runs as, which is nil
// for the caller. The sysctls that were asked for come after the default ones.
func processOf(w *spec.World, user *users.Credentials, defaults []string) wire.Process {
	p := wire.Process{Hostname: w.Hostname, Domainname: w.Domainname, Dir: w.Dir, Sysctls: defaults}
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
	if user.Become() {
		p.User = fmt.Sprintf("%x %x %s", user.UID, user.GID, user)
		for _, gid := range user.Groups {
			p.Groups += fmt.Sprintf("%x ", gid)
		}
	}
	return p
}
