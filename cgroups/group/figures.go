package group

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// noLimit is what stands for "max".
const noLimit = math.MaxUint64

// figures reads the files of one controller after the other. A file that is not there has no figures; the
// first other failure is kept.
type figures struct {
	target
	err error
}

func (f *figures) text(file string) string {
	if f.dir == "" {
		return ""
	}
	content, err := f.read(file)
	if f.err == nil { // on an older kernel a file may be there and have no content
		f.err = utils.Ignore(err, unix.ENOENT, unix.ENODEV, unix.EOPNOTSUPP)
	}
	return content
}

// number reads a file with one number; one that cannot be read is 0.
func (f *figures) number(file string) uint64 { return f.parse(file, f.text(file)) }

func (f *figures) parse(file, value string) uint64 {
	if value == "" {
		return 0
	}
	if value == "max" {
		return noLimit
	}
	number, err := strconv.ParseUint(value, 10, 64)
	if err != nil && f.err == nil {
		f.err = fmt.Errorf("%s/%s: not a number: %q", f.dir, file, value)
	}
	return number
}

// table reads lines of "name number".
func (f *figures) table(file string) map[string]uint64 {
	var table map[string]uint64
	for line := range strings.Lines(f.text(file)) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok {
			continue
		}
		if table == nil {
			table = map[string]uint64{}
		}
		table[name] = f.parse(file, value)
	}
	return table
}

// list reads numbers in one line.
func (f *figures) list(file string) []uint64 {
	var list []uint64
	for _, word := range strings.Fields(f.text(file)) {
		list = append(list, f.parse(file, word))
	}
	return list
}

// pressure reads a file of pressure stall information.
func (f *figures) pressure(file string) *Pressure {
	content := f.text(file)
	if content == "" {
		return nil
	}
	var p Pressure
	for line := range strings.Lines(content) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		into := &p.Some
		if words[0] == "full" {
			into = &p.Full
		}
		for _, word := range words[1:] {
			name, value, _ := strings.Cut(word, "=")
			var err error
			switch name {
			case "avg10":
				into.Average10, err = strconv.ParseFloat(value, 64)
			case "avg60":
				into.Average60, err = strconv.ParseFloat(value, 64)
			case "avg300":
				into.Average300, err = strconv.ParseFloat(value, 64)
			case "total":
				into.Total = f.parse(file, value)
			}
			if err != nil && f.err == nil {
				f.err = fmt.Errorf("%s/%s: %w", f.dir, file, err)
			}
		}
	}
	return &p
}

// readCPU reads what cpu, cpuacct and cpuset have. On v2 every cgroup counts CPU time, whether it has the
// controller or not.
func (g *Group) readCPU(f *figures, s *Stats) {
	const tick = 1e9 / 100 // USER_HZ
	f.target = g.target("cpu")
	stat := f.table("cpu.stat")
	s.CPU.Throttling = Throttling{stat["nr_periods"], stat["nr_throttled"], stat["throttled_time"] + 1000*stat["throttled_usec"]}
	if f.target = g.target("cpuacct"); f.version == subsystems.V1 {
		ticks := f.table("cpuacct.stat")
		s.CPU.Usage = CPUUsage{
			Total: f.number("cpuacct.usage"), PerCPU: f.list("cpuacct.usage_percpu"),
			Kernel: ticks["system"] * tick, User: ticks["user"] * tick,
		}
		s.CPU.Usage.PerCPUUser, s.CPU.Usage.PerCPUKernel = f.usageOfEach("cpuacct.usage_all")
	} else {
		stat = f.table("cpu.stat")
		s.CPU.Usage = CPUUsage{Total: 1000 * stat["usage_usec"], Kernel: 1000 * stat["system_usec"], User: 1000 * stat["user_usec"]}
	}
	if f.version, f.dir = subsystems.V2, g.V2Dir(); f.dir != "" {
		s.CPU.Pressure = f.pressure("cpu.pressure")
		s.Memory.Pressure = f.pressure("memory.pressure")
		s.IO.Pressure = f.pressure("io.pressure")
	}
	f.target = g.target("cpuset")
	suffix := ""
	if f.version == subsystems.V2 {
		suffix = ".effective"
	}
	s.CPUSet = CPUSetStats{f.cpus("cpuset.cpus" + suffix), f.cpus("cpuset.mems" + suffix)}
}

func (f *figures) cpus(file string) []int {
	content := f.text(file)
	if content == "" {
		return nil
	}
	list, err := utils.ParseCPUList(content)
	if err != nil && f.err == nil {
		f.err = fmt.Errorf("%s/%s: %w", f.dir, file, err)
	}
	return list
}

// usageOfEach reads a table with a line for each CPU: "cpu user system".
func (f *figures) usageOfEach(file string) (user, system []uint64) {
	for line := range strings.Lines(f.text(file)) {
		words := strings.Fields(line)
		if len(words) != 3 || words[0] == "cpu" {
			continue
		}
		user, system = append(user, f.parse(file, words[1])), append(system, f.parse(file, words[2]))
	}
	return user, system
}

func readMemory(f *figures, s *MemoryStats) {
	s.Raw = f.table("memory.stat")
	if f.version == subsystems.V1 {
		entry := func(name string) MemoryEntry {
			return MemoryEntry{
				f.number(name + ".limit_in_bytes"), f.number(name + ".usage_in_bytes"), f.number(name + ".max_usage_in_bytes"), f.number(name + ".failcnt"),
			}
		}
		s.Cache = s.Raw["cache"]
		s.Usage, s.Swap, s.Kernel, s.KernelTCP = entry("memory"), entry("memory.memsw"), entry("memory.kmem"), entry("memory.kmem.tcp")
		return
	}
	s.Cache, s.Events = s.Raw["file"], f.table("memory.events")
	s.Usage = MemoryEntry{f.number("memory.max"), f.number("memory.current"), f.number("memory.peak"), s.Events["max"]}
	if swap := f.text("memory.swap.current"); swap != "" {
		s.Swap = MemoryEntry{Limit: sum(s.Usage.Limit, f.number("memory.swap.max")), Usage: sum(s.Usage.Usage, f.parse("memory.swap.current", swap))}
	}
	s.Kernel.Usage, s.KernelTCP.Usage = s.Raw["kernel"], s.Raw["sock"]
}

// sum adds limits, one of which may be none.
func sum(a, b uint64) uint64 { return a + min(b, noLimit-a) }

func readIO(f *figures, s *IOStats) {
	if f.version == subsystems.V2 {
		s.Bytes, s.Operations = f.ioStat()
		return
	}
	for _, figure := range []struct {
		name string
		into *[]IOEntry
	}{
		{"io_service_bytes", &s.Bytes}, {"io_serviced", &s.Operations}, {"io_queued", &s.Queued}, {"io_service_time", &s.ServiceTime},
		{"io_wait_time", &s.WaitTime}, {"io_merged", &s.Merged}, {"time", &s.Time}, {"sectors", &s.Sectors},
	} {
		for _, file := range []string{ // of the schedulers BFQ and CFQ, and without one
			"blkio.bfq." + figure.name + "_recursive", "blkio." + figure.name + "_recursive", "blkio.throttle." + figure.name + "_recursive",
		} {
			if *figure.into = f.devices(file); *figure.into != nil {
				break
			}
		}
	}
}

// devices reads lines of "major:minor operation number", or without an operation. The sum of all has no device.
func (f *figures) devices(file string) []IOEntry {
	var entries []IOEntry
	for line := range strings.Lines(f.text(file)) {
		words := strings.Fields(line)
		e, ok := f.device(file, words)
		if !ok || len(words) > 3 {
			continue
		}
		if len(words) == 3 {
			e.Operation = words[1]
		}
		e.Value = f.parse(file, words[len(words)-1])
		entries = append(entries, e)
	}
	return entries
}

// device reads the number that a line begins with.
func (f *figures) device(file string, words []string) (e IOEntry, ok bool) {
	if len(words) < 2 {
		return e, false
	}
	major, minor, ok := strings.Cut(words[0], ":")
	if !ok {
		return e, false
	}
	e.Major, e.Minor = f.parse(file, major), f.parse(file, minor)
	return e, true
}

// ioStat reads v2's file: "major:minor rbytes=N wbytes=N rios=N ...".
func (f *figures) ioStat() (bytes, operations []IOEntry) {
	const file = "io.stat"
	names := map[byte]string{'r': "Read", 'w': "Write", 'd': "Discard"}
	for line := range strings.Lines(f.text(file)) {
		words := strings.Fields(line)
		e, ok := f.device(file, words)
		if !ok {
			continue
		}
		for _, word := range words[1:] {
			name, value, _ := strings.Cut(word, "=")
			if len(name) < 4 || names[name[0]] == "" {
				continue
			}
			e.Operation = names[name[0]]
			switch name[1:] {
			case "bytes":
				e.Value = f.parse(file, value)
				bytes = append(bytes, e)
			case "ios":
				e.Value = f.parse(file, value)
				operations = append(operations, e)
			}
		}
	}
	return bytes, operations
}

// readHugetlb looks at reservations where the kernel counts them, as the limits do.
func readHugetlb(f *figures) map[string]HugetlbStats {
	all := map[string]HugetlbStats{}
	if f.dir == "" {
		return all
	}
	usage, peak, failures := "usage_in_bytes", "max_usage_in_bytes", "failcnt"
	if f.version == subsystems.V2 {
		usage, peak, failures = "current", "", ""
	}
	for _, size := range f.pageSizes() {
		prefix := "hugetlb." + size + "."
		if f.text(prefix+"rsvd."+usage) != "" {
			prefix += "rsvd."
		}
		s := HugetlbStats{Usage: f.number(prefix + usage)}
		if f.version == subsystems.V1 {
			s.Max, s.Failures = f.number(prefix+peak), f.number(prefix+failures)
		} else {
			s.Failures = f.table("hugetlb." + size + ".events")["max"]
		}
		all[size] = s
	}
	return all
}

// pageSizes lists those that the kernel has files for.
func (f *figures) pageSizes() []string {
	entries, err := readNames(f.dir)
	if err != nil && f.err == nil {
		f.err = err
	}
	sizes := map[string]bool{}
	for _, name := range entries {
		if words := strings.Split(name, "."); len(words) > 2 && words[0] == "hugetlb" && isPageSize(words[1]) {
			sizes[words[1]] = true
		}
	}
	return slices.Sorted(maps.Keys(sizes))
}

func readRDMA(f *figures) map[string]RDMAStats {
	var all map[string]RDMAStats
	for _, file := range []string{"rdma.current", "rdma.max"} {
		for line := range strings.Lines(f.text(file)) {
			words := strings.Fields(line)
			if len(words) == 0 {
				continue
			}
			if all == nil {
				all = map[string]RDMAStats{}
			}
			s := all[words[0]]
			for _, word := range words[1:] {
				name, value, _ := strings.Cut(word, "=")
				number := f.parse(file, value)
				switch {
				case name == "hca_handle" && file == "rdma.max":
					s.HandlesLimit = number
				case name == "hca_handle":
					s.Handles = number
				case name == "hca_object" && file == "rdma.max":
					s.ObjectsLimit = number
				case name == "hca_object":
					s.Objects = number
				}
			}
			all[words[0]] = s
		}
	}
	return all
}
