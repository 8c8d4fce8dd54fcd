package ingest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/mydocker/mydocker/container/image/unpack"
)

// notes are what is not as the image says.
type notes struct {
	mutex   sync.Mutex
	owners  int64
	devices int64
	dropped map[string]int64
}

func (n *notes) add(result *unpack.Result) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.owners += result.Owners
	n.devices += result.Devices
	for name, count := range result.Dropped {
		if n.dropped == nil {
			n.dropped = map[string]int64{}
		}
		n.dropped[name] += count
	}
}

func (n *notes) tell(warn func(string)) {
	if warn == nil {
		return
	}
	if n.devices > 0 {
		warn(fmt.Sprintf("device nodes of the image that are left out: %d, for only root of the host may make them; /dev of a container has its own", n.devices))
	}
	if len(n.dropped) > 0 {
		var names []string
		for _, name := range slices.Sorted(maps.Keys(n.dropped)) {
			names = append(names, fmt.Sprintf("%s (%d)", name, n.dropped[name]))
		}
		warn("attributes of the image's files that are left out: " + strings.Join(names, ", "))
	}
}
