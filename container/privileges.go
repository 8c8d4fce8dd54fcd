package container

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// hasCapability tells whether the caller has the capability in effect, in its
// own user namespace.
func hasCapability(capability int) (bool, error) {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData // capabilities 0 to 31, and 32 to 63
	if err := unix.Capget(&header, &data[0]); err != nil {
		return false, fmt.Errorf("capget: %w", err)
	}
	return data[capability/32].Effective&(1<<(capability%32)) != 0, nil
}

// checkPrivileges looks for the capability that namespaces and mounts need. Who
// does not have it gets it in a user namespace of its own. Then it is known which
// namespaces the thread has to have, and it begins with them.
func (r *run) checkPrivileges() error {
	namespaces := &r.config.Namespaces
	privileged, err := hasCapability(unix.CAP_SYS_ADMIN)
	if err != nil {
		return err
	}
	if !privileged && namespaces.HostUser {
		return errors.New("CAP_SYS_ADMIN is needed for --userns host: run as root, and in a container with --privileged")
	}
	if !privileged && namespaces.User == nil {
		namespaces.User = &UserNamespace{}
	}
	r.ordinary = !privileged
	if namespaces.User != nil {
		if err := namespaces.User.resolve(); err != nil {
			return err
		}
	}
	r.namespaces = namespaces.enter(r.thread)
	return nil
}
