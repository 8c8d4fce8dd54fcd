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

// MaxIDs is how many ids of users there are, and of groups: the last of 32 bits is
// none.
const MaxIDs = 1<<32 - 1

// IDRange is a range of ids that a user may give away.
type IDRange struct{ First, Count uint32 }

// Subordinates finds the ranges of a user, by number or by the name that passwd has,
// in the content of a file like /etc/subuid (subuid(5)). A line that is none is
// passed over.
func Subordinates(content, passwd string, uid int) (ranges []IDRange) {
	number, name := strconv.Itoa(uid), UserName(passwd, uid)
	for line := range strings.Lines(content) {
		fields := strings.Split(strings.TrimSpace(line), ":")
		if len(fields) != 3 || fields[0] == "" || fields[0] != number && fields[0] != name {
			continue
		}
		first, err := strconv.ParseUint(fields[1], 10, 32)
		count, countErr := strconv.ParseUint(fields[2], 10, 32)
		if err == nil && countErr == nil && count > 0 && first+count <= MaxIDs {
			ranges = append(ranges, IDRange{uint32(first), uint32(count)})
		}
	}
	return ranges
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
