package container

import "fmt"

// tellOOM says so where the kernel has killed for want of memory: neither a status
// of 128 plus SIGKILL alone tells who did it, nor what a command makes of the end
// of a child. Where all went well nobody asks.
func (r *run) tellOOM() {
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
