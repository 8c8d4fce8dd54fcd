package subsystems

// CPUAcctName is the controller that counts CPU time on v1, and sets no limit. On
// v2 every cgroup does that.
const CPUAcctName = "cpuacct"

// Counters lists the controllers whose figures tell what a container used.
func Counters() []string { return []string{MemoryName, PidsName, CPUAcctName} }
