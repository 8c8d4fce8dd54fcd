package container

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// checkPrivileges looks for the capability that namespaces and mounts need, so
// that an ordinary user gets one clear line and not what fails first.
func checkPrivileges() error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData // capabilities 0 to 31, and 32 to 63
	if err := unix.Capget(&header, &data[0]); err != nil {
		return fmt.Errorf("capget: %w", err)
	}
	if data[0].Effective&(1<<unix.CAP_SYS_ADMIN) == 0 {
		return errors.New("CAP_SYS_ADMIN is needed: run as root, and in a container with --privileged; there are no user namespaces yet")
	}
	return nil
}
