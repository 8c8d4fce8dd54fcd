package utils

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// UserName finds the name of a user in the content of /etc/passwd (passwd(5)), the
// first if there are several, or "".
func UserName(passwd string, uid int) string {
	for line := range strings.Lines(passwd) {
		if fields := strings.Split(line, ":"); len(fields) > 2 && fields[2] == strconv.Itoa(uid) {
			return fields[0]
		}
	}
	return ""
}

// HasCapability tells whether the caller has the capability in effect, in its own
// user namespace (capabilities(7)).
func HasCapability(capability int) (bool, error) {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData // capabilities 0 to 31, and 32 to 63
	if err := unix.Capget(&header, &data[0]); err != nil {
		return false, fmt.Errorf("capget: %w", err)
	}
	return data[capability/32].Effective&(1<<(capability%32)) != 0, nil
}
