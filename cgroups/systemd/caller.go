package systemd

import (
	"fmt"
	"os"
	"strings"

	"github.com/mydocker/mydocker/utils"
)

// caller is who asks: uid as the user namespace outside has it, whose numbers systemd knows, and
// whether it is the root of the host, whom the host's systemd obeys.
type caller struct {
	uid    int
	isRoot bool
}

func findCaller() caller {
	ids, err := utils.ReadFile("/proc/self/uid_map")
	if err != nil { // a kernel without user namespaces
		ids = "0 0 4294967295"
	}
	return callerIn(ids, os.Geteuid())
}

// callerIn reads a uid_map (user_namespaces(7)).
func callerIn(uidMap string, uid int) caller {
	for line := range strings.Lines(uidMap) {
		var inside, outside, count int
		if n, err := fmt.Sscan(line, &inside, &outside, &count); n != 3 || err != nil {
			continue
		}
		if inside <= uid && uid-inside < count {
			whole := inside == 0 && outside == 0 && count == utils.MaxIDs
			return caller{uid: outside + uid - inside, isRoot: uid == 0 && whole}
		}
	}
	return caller{uid: uid}
}
