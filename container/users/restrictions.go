package users

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// WithRestriction adds what on this host keeps ordinary users from user namespaces, if
// err may be due to that.
func WithRestriction(err error) error {
	if !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.EACCES) && !errors.Is(err, unix.ENOSPC) {
		return err
	}
	if cause := restriction("/proc/sys"); cause != "" {
		return fmt.Errorf("%w (%s)", err, cause)
	}
	return err
}

// restriction names the setting below dir that forbids user namespaces, and what
// would allow them.
func restriction(dir string) string {
	for _, setting := range []struct{ file, forbids, remedy string }{
		{"/user/max_user_namespaces", "0", "user.max_user_namespaces is 0; sysctl user.max_user_namespaces=10000"},
		// A patch of Debian's.
		{"/kernel/unprivileged_userns_clone", "0", "this kernel gives ordinary users no user namespaces; sysctl kernel.unprivileged_userns_clone=1"},
		// AppArmor 4, Ubuntu since 23.10: there is a namespace, but without capabilities.
		{"/kernel/apparmor_restrict_unprivileged_userns", "1", "AppArmor gives ordinary users no capabilities in user namespaces; a profile for mydocker with the rule \"userns,\" does, or sysctl kernel.apparmor_restrict_unprivileged_userns=0"},
	} {
		if value, err := utils.ReadFile(dir + setting.file); err == nil && value == setting.forbids {
			return setting.remedy
		}
	}
	return ""
}
