package subsystems

// The controllers that only count, where no limit is set by them.
const (
	// PidsName is the controller that counts tasks, which are processes and
	// threads.
	PidsName = "pids"
	// CPUAcctName is the controller that counts CPU time on v1. On v2 every
	// cgroup does that.
	CPUAcctName = "cpuacct"
)

// Counters lists the controllers whose figures tell what a container used.
func Counters() []string { return []string{MemoryName, PidsName, CPUAcctName} }
