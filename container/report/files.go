package report

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/mydocker/mydocker/cgroups"
	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// Usage is what the container's processes used together. Times are in
// microseconds.
type Usage struct {
	// OOMKills is how many of them the OOM killer ended.
	OOMKills *int64 `json:"oom_kills"`
	// CPU is the CPU time; User and System are its parts.
	CPU    *int64 `json:"cpu_usec"`
	User   *int64 `json:"user_usec"`
	System *int64 `json:"system_usec"`
	// MemoryPeak is the most memory at a time, in bytes.
	MemoryPeak *int64 `json:"memory_peak_bytes"`
	// PIDsPeak is the most tasks, which are processes and threads, at a time.
	PIDsPeak *int64 `json:"pids_peak"`
	// PIDsRefused is how many more the limit on them has refused.
	PIDsRefused *int64 `json:"pids_refused"`
}

// Limits are the limits in force.
type Limits struct {
	Memory     *Limit  `json:"memory_bytes"`
	MemorySwap *Limit  `json:"memory_swap_bytes"` // memory and swap together
	CPUs       *string `json:"cpus"`              // a list such as 0-2,4
	CPUShares  *int64  `json:"cpu_shares"`        // v1
	CPUWeight  *int64  `json:"cpu_weight"`        // v2
	CPUQuota   *Limit  `json:"cpu_quota_usec"`    // in each period
	CPUPeriod  *int64  `json:"cpu_period_usec"`
	PIDs       *Limit  `json:"pids"`
}

// Versions are the cgroup versions that count and limit, by controller.
type Versions struct {
	Memory *int `json:"memory"`
	CPUSet *int `json:"cpuset"`
	CPU    *int `json:"cpu"`
	Time   *int `json:"cpu_time"`
	PIDs   *int `json:"pids"`
}

// Limit is a number, or Unlimited.
type Limit int64

// Unlimited is the limit that is none.
const Unlimited Limit = -1

// MarshalJSON implements json.Marshaler: as in the files of cgroup v2, no limit
// is "max".
func (l Limit) MarshalJSON() ([]byte, error) {
	if l == Unlimited {
		return []byte(`"max"`), nil
	}
	return strconv.AppendInt(nil, int64(l), 10), nil
}

// noLimitV1 is where the v1 memory files begin to mean no limit: the kernel
// shows the largest signed number, rounded down to pages.
const noLimitV1 = 1 << 62

// The kernel's clock tick in user space (USER_HZ) is 100 on every architecture
// that Go knows.
const tick = 10 * time.Millisecond

// files reads files of the container's cgroups. It goes on after an error.
type files struct {
	directories map[string]cgroups.Directory
	failed      []error
}

func (f *files) err() error { return errors.Join(f.failed...) }

// read returns the content of a controller's file, v1 or v2 by the version that
// it is on. There is none where the controller or the file is not there.
func (f *files) read(controller, v1, v2 string) (content string, ok bool) {
	directory, ok := f.directories[controller]
	name := v1
	if directory.Version == subsystems.V2 {
		name = v2
	}
	if !ok || name == "" {
		return "", false
	}
	content, err := utils.ReadFile(directory.Dir + "/" + name)
	if err != nil {
		if !utils.Gone(err) {
			f.failed = append(f.failed, err)
		}
		return "", false
	}
	return content, true
}

// number reads a file that holds one number, or "max".
func (f *files) number(controller, v1, v2 string) *int64 {
	content, ok := f.read(controller, v1, v2)
	if !ok {
		return nil
	}
	return f.parse(content)
}

// keyed reads a number out of a file of "key number" lines.
func (f *files) keyed(controller, v1, v2, key string) *int64 {
	content, _ := f.read(controller, v1, v2)
	for line := range strings.Lines(content) {
		if name, value, _ := strings.Cut(strings.TrimSpace(line), " "); name == key {
			return f.parse(value)
		}
	}
	return nil
}

func (f *files) parse(value string) *int64 {
	if value == "max" {
		return ptr(int64(Unlimited))
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		f.failed = append(f.failed, fmt.Errorf("a cgroup file has %q for a number", value))
		return nil
	}
	return &n
}

func (f *files) usage() Usage {
	u := Usage{
		OOMKills:    f.keyed(subsystems.MemoryName, "memory.oom_control", "memory.events", "oom_kill"),
		MemoryPeak:  f.number(subsystems.MemoryName, "memory.max_usage_in_bytes", "memory.peak"),
		PIDsPeak:    f.number(subsystems.PidsName, "pids.peak", "pids.peak"),
		PIDsRefused: f.keyed(subsystems.PidsName, "pids.events", "pids.events", "max"),
	}
	if _, v1 := f.directories[subsystems.CPUAcctName]; v1 {
		u.CPU = times(f.number(subsystems.CPUAcctName, "cpuacct.usage", ""), time.Nanosecond)
		u.User = times(f.keyed(subsystems.CPUAcctName, "cpuacct.stat", "", "user"), tick)
		u.System = times(f.keyed(subsystems.CPUAcctName, "cpuacct.stat", "", "system"), tick)
		return u
	}
	u.CPU = f.keyed(subsystems.CoreName, "", "cpu.stat", "usage_usec")
	u.User = f.keyed(subsystems.CoreName, "", "cpu.stat", "user_usec")
	u.System = f.keyed(subsystems.CoreName, "", "cpu.stat", "system_usec")
	return u
}

// times turns a figure in units into microseconds.
func times(figure *int64, unit time.Duration) *int64 {
	if figure == nil {
		return nil
	}
	return ptr((time.Duration(*figure) * unit).Microseconds())
}

func (f *files) limits() Limits {
	l := Limits{
		Memory:    f.limit(subsystems.MemoryName, "memory.limit_in_bytes", "memory.max"),
		CPUShares: f.number(subsystems.CPUName, "cpu.shares", ""),
		CPUWeight: f.number(subsystems.CPUName, "", "cpu.weight"),
		PIDs:      f.limit(subsystems.PidsName, "pids.max", "pids.max"),
	}
	l.MemorySwap = f.limit(subsystems.MemoryName, "memory.memsw.limit_in_bytes", "memory.swap.max")
	if f.directories[subsystems.MemoryName].Version == subsystems.V2 {
		l.MemorySwap = sum(l.Memory, l.MemorySwap)
	}
	l.CPUQuota = f.limit(subsystems.CPUName, "cpu.cfs_quota_us", "")
	l.CPUPeriod = f.number(subsystems.CPUName, "cpu.cfs_period_us", "")
	if v2, ok := f.read(subsystems.CPUName, "", "cpu.max"); ok { // "quota period"
		quota, period, _ := strings.Cut(v2, " ")
		l.CPUQuota, l.CPUPeriod = limit(f.parse(quota)), f.parse(period)
	}
	return l
}

func (f *files) limit(controller, v1, v2 string) *Limit { return limit(f.number(controller, v1, v2)) }

func limit(number *int64) *Limit {
	switch {
	case number == nil:
		return nil
	case *number < 0 || *number >= noLimitV1:
		return ptr(Unlimited)
	}
	return ptr(Limit(*number))
}

// sum is the limit on two things together.
func sum(a, b *Limit) *Limit {
	switch {
	case a == nil || b == nil:
		return nil
	case *a == Unlimited || *b == Unlimited:
		return ptr(Unlimited)
	}
	return ptr(*a + *b)
}

func (f *files) versions() Versions {
	v := Versions{
		Memory: f.version(subsystems.MemoryName),
		CPUSet: f.version(subsystems.CPUSetName),
		CPU:    f.version(subsystems.CPUName),
		Time:   f.version(subsystems.CPUAcctName),
		PIDs:   f.version(subsystems.PidsName),
	}
	if v.Time == nil {
		v.Time = f.version(subsystems.CoreName)
	}
	return v
}

func (f *files) version(controller string) *int {
	directory, ok := f.directories[controller]
	if !ok {
		return nil
	}
	return ptr(int(directory.Version))
}

// ErrNotCounted says that no cgroup of the container counts CPU time.
var ErrNotCounted = errors.New("nothing here counts a container's CPU time: that takes a v1 hierarchy with cpuacct, or cgroup v2")

// CPUTime is the CPU time that the container has used so far.
func CPUTime(directories map[string]cgroups.Directory) (time.Duration, error) {
	f := files{directories: directories}
	if _, v1 := directories[subsystems.CPUAcctName]; v1 {
		if used := f.number(subsystems.CPUAcctName, "cpuacct.usage", ""); used != nil {
			return time.Duration(*used), nil
		}
	} else if used := f.keyed(subsystems.CoreName, "", "cpu.stat", "usage_usec"); used != nil {
		return time.Duration(*used) * time.Microsecond, nil
	}
	return 0, errors.Join(append(f.failed, ErrNotCounted)...)
}

// CPUTimeFile is the file that CPUTime reads, or "" if there is none.
func CPUTimeFile(directories map[string]cgroups.Directory) string {
	if directory, v1 := directories[subsystems.CPUAcctName]; v1 {
		return directory.Dir + "/cpuacct.usage"
	}
	if directory, v2 := directories[subsystems.CoreName]; v2 {
		return directory.Dir + "/cpu.stat"
	}
	return ""
}
