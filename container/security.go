package container

import (
	"errors"
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/container/explain"
	"github.com/mydocker/mydocker/container/security"
	"github.com/mydocker/mydocker/container/security/seccomp"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/users"
	"github.com/mydocker/mydocker/container/wire"
)

// restrict computes what the command may not do. On the host's root that is nothing
// unless it was asked for.
func (r *run) restrict() (err error) {
	s, own := &r.config.Security, r.config.Root.Own()
	if !own && !s.Restricts() {
		return nil
	}
	known, available := security.Known()
	if r.userNamespace != nil {
		available = known // the first process of a new one has all
	}
	wanted, err := security.Wanted(s, own, known, available)
	if err != nil {
		return err
	}
	r.security = wire.Security{Keyring: own, NoNewPrivileges: s.NoNewPrivileges}
	if err := r.chooseFilter(wanted); err != nil {
		return err
	}
	if own || len(s.CapAdd) > 0 || len(s.CapDrop) > 0 || r.security.FilterNeedsAdmin() {
		r.security.Capabilities = &wire.Capabilities{Drop: uint64(available &^ wanted), Keep: uint64(wanted)}
	}
	return r.restrictDevices()
}

// restrictDevices finds the devices that the container gets, and bars all others. The
// kernel lets root of the host alone bar them: for an ordinary user, and for root of
// another user namespace, devices are what their permissions make them. No node can be
// made there.
func (r *run) restrictDevices() (err error) {
	s := &r.config.Security
	if !r.config.Root.Own() {
		return nil
	}
	wanted := s.Devices
	if s.Privileged {
		wanted = append([]spec.Device{{Source: "/dev", Target: "/dev", Access: "rwm"}}, wanted...)
	}
	initial, err := users.IsInitialNamespace()
	if err != nil {
		return err
	}
	r.makesNodes = initial && r.userNamespace == nil
	if r.devices, err = security.FindDevices(wanted); err != nil || s.Privileged || r.ordinary || !initial {
		return err
	}
	r.config.Resources.Devices = security.Rules(s, r.devices)
	return nil
}

// lacksDeviceRules reports whether the host could not give the rules that the container was
// to have for its devices, as in a container whose cgroups are read-only.
func (r *run) lacksDeviceRules() bool {
	return len(r.config.Resources.Devices) > 0 && !r.config.Resources.Sets(subsystems.DevicesName)
}

// replaceDeviceRules takes the right to make nodes from a container without rules. Those
// that are in its root are of no use (rootfs.Host), but for who may mount: another devtmpfs
// has all of the host's.
func (r *run) replaceDeviceRules() error {
	const node, mounting = 1 << unix.CAP_MKNOD, 1 << unix.CAP_SYS_ADMIN
	if !r.lacksDeviceRules() {
		return nil
	}
	sets := r.security.Capabilities
	switch {
	case slices.Contains(r.config.Security.CapAdd, "CAP_MKNOD"):
		return errors.New("--cap-add MKNOD: without a rule for devices the container's root could use those of the host")
	case sets.Keep&mounting != 0:
		return errors.New("--cap-add SYS_ADMIN: without a rule for devices the container's root could mount those of the host; with --privileged it may")
	}
	sets.Drop |= sets.Keep & node
	sets.Keep &^= node
	return nil
}

// chooseFilter finds the seccomp filter for a command with these capabilities.
func (r *run) chooseFilter(capabilities security.Set) error {
	var filter seccomp.Filter
	var err error
	cache := r.config.Root.State
	if cache != "" {
		cache += "/seccomp"
	}
	switch profile := r.profile(); profile {
	case spec.SeccompUnconfined:
		return nil
	case spec.SeccompDefault:
		filter, err = seccomp.Default(cache, uint64(capabilities))
	default:
		r.security.OwnFilter = true
		filter, err = seccomp.Load(profile, cache, uint64(capabilities))
	}
	for _, note := range filter.Notes {
		r.log.Warnf("seccomp profile %s: %s", r.profile(), note)
	}
	r.security.Filter, r.security.FilterFlags = filter.Program, filter.Flags
	return err
}

// profile is the seccomp profile that the command gets.
func (r *run) profile() string {
	s := &r.config.Security
	switch {
	case s.Seccomp != "":
		return s.Seccomp
	case r.config.Root.Own() && !s.Privileged:
		return spec.SeccompDefault
	}
	return spec.SeccompUnconfined
}

// restrictions are what init takes from the command. As in Docker, a user that is not root
// has no capability, and gets none but by a program that has them in its file. A caller
// that is not root and runs the command as itself has those that it made ambient.
func (r *run) restrictions() wire.Security {
	restrictions := r.security
	if restrictions.Capabilities == nil {
		return restrictions
	}
	sets := *restrictions.Capabilities
	restrictions.Capabilities = &sets
	switch {
	case r.user != nil && r.user.UID != 0:
		sets.Keep = 0
	case r.user == nil && r.userNamespace == nil && os.Geteuid() != 0:
		if r.config.Root.Own() {
			sets.Keep = 0
		}
		sets.Inherit = sets.Keep
	}
	return restrictions
}

func (r *run) explainRestriction() []explain.Action {
	if !r.config.Root.Own() && !r.config.Security.Restricts() {
		return nil
	}
	return []explain.Action{{
		Kernel: "prctl(PR_CAPBSET_READ, CAP_CHOWN)",
		Why:    "The kernel is asked which capabilities it has and mydocker can give; the command gets no other ones.",
		Shell:  "grep CapBnd /proc/self/status",
		Use:    explain.AsIs,
	}}
}
