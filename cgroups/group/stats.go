package group

// Stats is what a container has used. The names in JSON are those of "runc events --stats", whose readers know them.
type Stats struct {
	CPU     CPUStats                `json:"cpu"`
	CPUSet  CPUSetStats             `json:"cpuset"`
	Memory  MemoryStats             `json:"memory"`
	Pids    PidsStats               `json:"pids"`
	IO      IOStats                 `json:"blkio"`
	Hugetlb map[string]HugetlbStats `json:"hugetlb"` // by page size
	RDMA    map[string]RDMAStats    `json:"rdma,omitempty"`
}

// CPUStats are times in nanoseconds.
type CPUStats struct {
	Usage      CPUUsage   `json:"usage"`
	Throttling Throttling `json:"throttling"`
	Pressure   *Pressure  `json:"psi,omitempty"`
}

// CPUUsage is the time on CPUs. Times of each CPU are known on v1 only.
type CPUUsage struct {
	Total        uint64   `json:"total,omitempty"`
	PerCPU       []uint64 `json:"percpu,omitempty"`
	PerCPUKernel []uint64 `json:"percpu_kernel,omitempty"`
	PerCPUUser   []uint64 `json:"percpu_user,omitempty"`
	Kernel       uint64   `json:"kernel"`
	User         uint64   `json:"user"`
}

// Throttling is what the quota has done.
type Throttling struct {
	Periods          uint64 `json:"periods,omitempty"`
	ThrottledPeriods uint64 `json:"throttledPeriods,omitempty"`
	ThrottledTime    uint64 `json:"throttledTime,omitempty"`
}

// CPUSetStats are the CPUs and memory nodes that it may use.
type CPUSetStats struct {
	CPUs []int `json:"cpus,omitempty"`
	Mems []int `json:"mems,omitempty"`
}

// MemoryStats are in bytes. Swap is memory and swap together, as v1 counts it.
type MemoryStats struct {
	Cache     uint64            `json:"cache,omitempty"`
	Usage     MemoryEntry       `json:"usage"`
	Swap      MemoryEntry       `json:"swap"`
	Kernel    MemoryEntry       `json:"kernel"`
	KernelTCP MemoryEntry       `json:"kernelTCP"`
	Raw       map[string]uint64 `json:"raw,omitempty"`         // memory.stat
	Events    map[string]uint64 `json:"event_count,omitempty"` // memory.events of v2
	Pressure  *Pressure         `json:"psi,omitempty"`
}

// MemoryEntry is one kind of memory. Failures is how often the limit was met.
type MemoryEntry struct {
	Limit    uint64 `json:"limit"`
	Usage    uint64 `json:"usage,omitempty"`
	Max      uint64 `json:"max,omitempty"`
	Failures uint64 `json:"failcnt"`
}

// PidsStats is the number of tasks. Without a limit that is 0.
type PidsStats struct {
	Current uint64 `json:"current,omitempty"`
	Limit   uint64 `json:"limit,omitempty"`
}

// IOStats are those of block devices.
type IOStats struct {
	Bytes       []IOEntry `json:"ioServiceBytesRecursive,omitempty"`
	Operations  []IOEntry `json:"ioServicedRecursive,omitempty"`
	Queued      []IOEntry `json:"ioQueueRecursive,omitempty"`
	ServiceTime []IOEntry `json:"ioServiceTimeRecursive,omitempty"`
	WaitTime    []IOEntry `json:"ioWaitTimeRecursive,omitempty"`
	Merged      []IOEntry `json:"ioMergedRecursive,omitempty"`
	Time        []IOEntry `json:"ioTimeRecursive,omitempty"`
	Sectors     []IOEntry `json:"sectorsRecursive,omitempty"`
	Pressure    *Pressure `json:"psi,omitempty"`
}

// IOEntry is one figure of one device.
type IOEntry struct {
	Major     uint64 `json:"major,omitempty"`
	Minor     uint64 `json:"minor,omitempty"`
	Operation string `json:"op,omitempty"`
	Value     uint64 `json:"value,omitempty"`
}

// HugetlbStats are in bytes.
type HugetlbStats struct {
	Usage    uint64 `json:"usage,omitempty"`
	Max      uint64 `json:"max,omitempty"`
	Failures uint64 `json:"failcnt"`
}

// RDMAStats is what is used of one device, and the limits.
type RDMAStats struct {
	Handles      uint64 `json:"hca_handle"`
	Objects      uint64 `json:"hca_object"`
	HandlesLimit uint64 `json:"hca_handle_limit"`
	ObjectsLimit uint64 `json:"hca_object_limit"`
}

// Pressure is for how long tasks have waited (Documentation/accounting/psi.rst): some of them, or all that had something to do.
type Pressure struct {
	Some PressureLine `json:"some"`
	Full PressureLine `json:"full"`
}

// PressureLine has parts of the last seconds, in percent, and a total in microseconds.
type PressureLine struct {
	Average10  float64 `json:"avg10"`
	Average60  float64 `json:"avg60"`
	Average300 float64 `json:"avg300"`
	Total      uint64  `json:"total"`
}

// Stats reads the figures. What this host does not count is absent.
func (g *Group) Stats() (*Stats, error) {
	var s Stats
	f := &figures{}
	g.readCPU(f, &s)
	f.target = g.target("memory")
	readMemory(f, &s.Memory)
	f.target = g.target("pids")
	s.Pids.Current = f.number("pids.current")
	if limit := f.number("pids.max"); limit != noLimit {
		s.Pids.Limit = limit
	}
	f.target = g.target("io")
	readIO(f, &s.IO)
	f.target = g.target("hugetlb")
	s.Hugetlb = readHugetlb(f)
	f.target = g.target("rdma")
	s.RDMA = readRDMA(f)
	return &s, f.err
}
