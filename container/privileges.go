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
	namespaces := &r.config.Namespaces
	privileged, err := utils.HasCapability(unix.CAP_SYS_ADMIN)
	if err != nil {
		return err
	}
	if !privileged && namespaces.HostUser {
		return errors.New("CAP_SYS_ADMIN is needed for --userns host: run as root, and in a container with --privileged")
	}
	if !privileged && namespaces.User == nil {
		namespaces.User = &spec.UserNamespace{}
	}
	r.ordinary = !privileged
	r.userNamespace, err = users.Resolve(namespaces.User)
	if err == nil && privileged && r.userNamespace.KeepsRoot() && !namespaces.User.Asked() {
		r.log.Warn("--userns private: root of the container is root outside, too: /etc/subuid and /etc/subgid give root no other ids; " +
			"usermod --add-subuids 100000-165535 --add-subgids 100000-165535 root, or --uidmap")
	}
	return err
}
