package group

import "github.com/mydocker/mydocker/cgroups/subsystems"

// Used is what a container has used so far, nil for what this host does not count.
type Used struct {
	// CPU is in microseconds, PeakMemory in bytes.
	CPU, PeakMemory, PeakPids, OOMKills *int64
}

// Used reads these figures alone: who lists many containers reads them of each.
func (g *Group) Used() (Used, error) {
	var u Used
	f := &figures{}
	if f.target = g.target("cpuacct"); f.version == subsystems.V1 {
		if u.CPU = f.counted("cpuacct.usage"); u.CPU != nil {
			*u.CPU /= 1000
		}
	} else {
		u.CPU = f.countedIn("cpu.stat", "usage_usec")
	}
	peak, events := "memory.peak", "memory.events"
	if f.target = g.target("memory"); f.version == subsystems.V1 {
		peak, events = "memory.max_usage_in_bytes", "memory.oom_control"
	}
	u.PeakMemory, u.OOMKills = f.counted(peak), f.countedIn(events, "oom_kill")
	f.target = g.target("pids")
	u.PeakPids = f.counted("pids.peak")
	return u, f.err
}

// counted reads a file with one number, nil if there is none.
func (f *figures) counted(file string) *int64 {
	text := f.text(file)
	if text == "" {
		return nil
	}
	number := int64(f.parse(file, text))
	return &number
}

// countedIn reads a number out of a file with a name before each.
func (f *figures) countedIn(file, name string) *int64 {
	value, is := f.table(file)[name]
	if !is {
		return nil
	}
	number := int64(value)
	return &number
}
