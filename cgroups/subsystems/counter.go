package subsystems

// CPUAcctName is the controller that counts CPU time on v1, and sets no limit. On
// v2 every cgroup does that.
const CPUAcctName = "cpuacct"

// FreezerName is the controller that stops all processes of a cgroup on v1. On v2 every cgroup
// does that.
const FreezerName = "freezer"

// Counters lists the controllers whose figures tell what a container used.
func Counters() []string { return []string{MemoryName, PidsName, CPUAcctName} }
