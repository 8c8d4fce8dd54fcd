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
	return err
}
