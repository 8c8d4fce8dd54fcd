package figures

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mydocker/mydocker/cgroups/group"
)

func TestPercents(t *testing.T) {
	at := time.Unix(100, 0)
	before := &Sample{At: at, CPU: time.Second}
	after := &Sample{At: at.Add(2 * time.Second), CPU: 4 * time.Second, Memory: 50, Limit: 200}
	if got := after.CPUPercent(before); got != 150 {
		t.Errorf("CPU: %v", got)
	}
	if got := after.MemoryPercent(); got != 25 {
		t.Errorf("memory: %v", got)
	}
	// Started anew meanwhile, or no time between: nobody knows.
	if before.CPUPercent(after) != 0 || before.CPUPercent(before) != 0 || before.MemoryPercent() != 0 {
		t.Error("nothing to compare with")
	}
}

// Docker's memory is without the file cache that nobody needs, whatever the version.
func TestMemory(t *testing.T) {
	for _, test := range []struct {
		raw  map[string]uint64
		want uint64
	}{
		{nil, 100}, {map[string]uint64{"inactive_file": 30}, 70}, {map[string]uint64{"total_inactive_file": 40, "inactive_file": 1}, 60},
		{map[string]uint64{"inactive_file": 200}, 100},
	} {
		m := &group.MemoryStats{Raw: test.raw, Usage: group.MemoryEntry{Usage: 100}}
		if got := memoryOf(m); got != test.want {
			t.Errorf("%v: %d", test.raw, got)
		}
	}
}

// Without cgroups the processes tell.
func TestTakeWithoutCgroups(t *testing.T) {
	c := &Container{Pid: os.Getpid()}
	s, err := c.Take()
	if err != nil || s.Memory == 0 || s.PIDs == 0 || s.Limit == 0 {
		t.Errorf("%+v, %v", s, err)
	}
	all, err := c.Processes()
	if err != nil || len(all) == 0 || all[0].PID != os.Getpid() || all[0].PPID != os.Getppid() || len(all[0].Args) == 0 || all[0].UID != uint32(os.Getuid()) {
		t.Errorf("%+v, %v", all, err)
	}
	gone := &Container{Pid: 1 << 29, OwnNetwork: true}
	if s, err := gone.Take(); err != nil || s.PIDs > 1 || s.Memory != 0 {
		t.Errorf("gone: %+v, %v", s, err)
	}
}

const line = "12 (a) b (c) S 3 12 12 34819 12 4194560 100 0 0 0 250 50 0 0 20 0 1 0 4000 1000 25 184467\n"

func TestParseStat(t *testing.T) {
	p, err := parseStat(line)
	if err != nil || p.Name != "a) b (c" || p.PPID != 3 || p.TTY != 34819 || p.CPU != 3*time.Second || p.Started != 40*time.Second || p.Memory != 25*uint64(os.Getpagesize()) {
		t.Errorf("%+v, %v", p, err)
	}
	if zombie, err := parseStat(strings.Replace(line, ") S", ") Z", 1)); err != nil || zombie.Command() != "[a) b (c] <defunct]" {
		t.Errorf("%+v, %v", zombie, err)
	}
}

// No name of a process breaks it.
func FuzzParseStat(f *testing.F) {
	f.Add(line)
	f.Add("1 () Z")
	f.Add(")(")
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := parseStat(text); err == nil && (p.CPU < 0 || p.Started < 0 || p.Command() == "") {
			t.Errorf("%q: %+v", text, p)
		}
	})
}
