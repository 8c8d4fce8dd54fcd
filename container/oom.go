package container

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// tellOOM says so where the kernel has killed for want of memory: a status of 128
// plus SIGKILL alone does not tell who did it. Where the command ended otherwise
// nothing is read.
func (r *run) tellOOM() {
	if r.code != 128+int(unix.SIGKILL) {
		return
	}
	killed, err := r.cgroups.OOMKills()
	if err != nil {
		r.log.Warnf("find out whether memory ran out: %v", err)
	}
	if killed == 0 {
		return
	}
	limit := "no limit of its own"
	if bytes := r.config.Resources.Memory.Value; bytes > 0 {
		limit = fmt.Sprintf("limit %.4g MiB", float64(bytes)/(1<<20))
	}
	r.log.Warnf("out of memory: the kernel has killed %d of the container's processes (%s)", killed, limit)
}
