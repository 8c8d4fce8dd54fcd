package container

import (
	"errors"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/users"
	"github.com/mydocker/mydocker/utils"
)

// checkPrivileges looks for the capability that namespaces and mounts need. Who
// does not have it gets it in a user namespace of its own.
func (r *run) checkPrivileges() error {
	asked, privileged, err := neededNamespace(&r.config.Namespaces)
	if err != nil {
		return err
	}
	r.config.Namespaces.User, r.ordinary = asked, !privileged
	r.userNamespace, err = users.Resolve(asked)
	if err == nil && privileged && r.userNamespace.KeepsRoot() && !asked.Asked() {
		r.log.Warn("--userns private: root of the container is root outside, too: /etc/subuid and /etc/subgid give root no other ids; " +
			"usermod --add-subuids 100000-165535 --add-subgids 100000-165535 root, or --uidmap")
	}
	return err
}

// NamespaceOf is the user namespace that a container is going to have, nil for mydocker's own.
func NamespaceOf(config *Config) (*users.UserNamespace, error) {
	asked, _, err := neededNamespace(&config.Namespaces)
	if err != nil {
		return nil, err
	}
	return users.Resolve(asked)
}

// neededNamespace is the user namespace that was asked for, or that the caller's lack of privileges needs.
func neededNamespace(n *spec.Namespaces) (asked *spec.UserNamespace, privileged bool, err error) {
	privileged, err = utils.HasCapability(unix.CAP_SYS_ADMIN)
	switch {
	case err != nil:
		return nil, false, err
	case !privileged && n.HostUser:
		return nil, false, errors.New("CAP_SYS_ADMIN is needed for --userns host: run as root, and in a container with --privileged")
	case !privileged && n.User == nil:
		return &spec.UserNamespace{}, false, nil
	}
	return n.User, privileged, nil
}
