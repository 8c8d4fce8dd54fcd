package doctor

import (
	"strings"

	"github.com/mydocker/mydocker/utils"
)

func (h *Host) mounts() []utils.Mount {
	var mounts []utils.Mount
	for line := range strings.Lines(h.value("/proc/self/mountinfo")) {
		if m, ok := utils.ParseMount(line); ok {
			mounts = append(mounts, m)
		}
	}
	return mounts
}
