package subsystems

import (
	"errors"
	"path"
	"slices"

	"golang.org/x/sys/unix"
)

// Update writes what is different in to into the cgroup of a container that lives, which has what
// from says. What from limits and to does not is lifted.
func Update(name string, h *Hierarchy, cgroup string, from, to *ResourceConfig, observe func(controller, file, value, why string)) error {
	c := controller{name: name, hierarchy: h, observe: observe}
	settings := changes(from.Settings(name, h.Version), to.Settings(name, h.Version))
	if name == CPUSetName && h.Version == V1 && len(settings) > 0 { // where "" is what the cgroup above has
		return New(name, h, observe).Set(cgroup, to)
	}
	if raises(from.Memory.Value, to.Memory.Value) {
		slices.Reverse(settings) // on v1 memory alone has at most what it has with swap
	}
	for _, s := range settings {
		err := c.writeOne(cgroup, s)
		if s.Value == emptied && errors.Is(err, unix.ENOSPC) {
			err = c.fillFromAbove(cgroup, s)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// emptied is what empties a file of a cpuset.
const emptied = "\n"

// fillFromAbove gives a v2 cpuset all that the cgroup above has, where the kernel does not empty the
// file of one with processes in it (as Linux 6.1, with ENOSPC).
func (c *controller) fillFromAbove(cgroup string, s Setting) error {
	above, err := (&CPUSet{*c}).Available(path.Dir(cgroup), s.File)
	if err != nil {
		return err
	}
	s.Value = above.String()
	return c.writeOne(cgroup, s)
}

func raises(from, to int64) bool { return from != 0 && (to == 0 || to > from) }

// changes are the settings of to that are not in from, and what lifts those of from that to does
// not have.
func changes(from, to []Setting) (settings []Setting) {
	for _, s := range to {
		if !slices.ContainsFunc(from, func(old Setting) bool { return old.File == s.File && old.Value == s.Value }) {
			settings = append(settings, s)
		}
	}
	for _, old := range from {
		if slices.ContainsFunc(to, func(s Setting) bool { return s.File == old.File }) {
			continue
		}
		if lifted, known := lift(&old); known {
			settings = append(settings, lifted)
		}
	}
	return settings
}

// lift is the setting that takes another one back: the kernel's value for a new cgroup.
func lift(old *Setting) (s Setting, known bool) {
	s = Setting{File: old.File, Optional: old.Optional, Needs: old.Needs, Why: "There is no such limit any more."}
	switch old.File {
	case "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.soft_limit_in_bytes", "cpu.cfs_quota_us":
		s.Value = "-1"
	case "memory.max", "memory.swap.max", "pids.max", "cpu.max":
		s.Value = "max"
	case "memory.low":
		s.Value = "0"
	case "cpu.shares":
		s.Value = "1024"
	case "cpu.weight", "io.weight", "io.bfq.weight", "blkio.bfq.weight":
		s.Value = "100"
	case "blkio.weight":
		s.Value = "500"
	case "cpu.cfs_period_us":
		s.Value = "100000"
	case "cpuset.cpus", "cpuset.mems":
		s.Value = emptied
	default:
		return s, false
	}
	if old.Else != nil {
		if other, known := lift(old.Else); known {
			s.Else = &other
		}
	}
	return s, true
}
