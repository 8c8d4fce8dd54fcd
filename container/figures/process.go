package figures

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/group"
	"github.com/mydocker/mydocker/utils"
)

// Process is a process, as proc_pid_stat(5) tells of it. Ids are the host's.
type Process struct {
	PID, PPID int
	UID       uint32
	// TTY is the device number of its terminal, 0 for none.
	TTY uint64
	// Started is for how long the host had been up then.
	Started time.Duration
	CPU     time.Duration
	// Memory is what is in memory of it, whoever shares that.
	Memory uint64
	// Name is that of its program, Args its arguments; a zombie has none.
	Name string
	Args []string
}

// Processes are those of the container, by their pids. What it is made of is left out that ends
// meanwhile.
func (c *Container) Processes() ([]Process, error) {
	pids, err := c.Pids()
	if err != nil {
		return nil, err
	}
	var all []Process
	for _, pid := range pids {
		p, err := readProcess(pid)
		if utils.Gone(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, *p)
	}
	return all, nil
}

// Pids are the pids of its processes: those in its cgroups, or without any those in its PID
// namespace and below.
func (c *Container) Pids() ([]int, error) {
	pids, err := group.Open(c.Cgroups).Processes()
	if err != nil || len(pids) > 0 {
		return pids, err
	}
	return c.pidsBelow()
}

// pidsBelow are PID 1 and its descendants: who has lost its parent is a child of PID 1.
func (c *Container) pidsBelow() ([]int, error) {
	pids := []int{c.Pid}
	for n := 0; n < len(pids); n++ {
		path := fmt.Sprintf("/proc/%d/task/%d/children", pids[n], pids[n])
		text, err := utils.ReadFile(path)
		if utils.Gone(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for field := range strings.FieldsSeq(text) {
			pid, err := strconv.Atoi(field)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

// tick is the unit of times in /proc: USER_HZ is 100 wherever Go runs.
const tick = time.Second / 100

func readProcess(pid int) (*Process, error) {
	dir := "/proc/" + strconv.Itoa(pid)
	text, err := utils.ReadFile(dir + "/stat")
	if err != nil {
		return nil, err
	}
	p, err := parseStat(text)
	if err != nil {
		return nil, fmt.Errorf("%s/stat: %w", dir, err)
	}
	var stat unix.Stat_t
	if err := unix.Stat(dir, &stat); err != nil {
		return nil, err
	}
	p.PID, p.UID = pid, stat.Uid
	args, err := utils.ReadFile(dir + "/cmdline")
	if err != nil {
		return nil, err
	}
	if args = strings.TrimRight(args, "\x00\n"); args != "" {
		p.Args = strings.Split(args, "\x00")
	}
	return p, nil
}

// parseStat reads what there is behind the name, which may have anything in it.
func parseStat(text string) (*Process, error) {
	begin, end := strings.IndexByte(text, '('), strings.LastIndexByte(text, ')')
	if begin < 0 || end < begin {
		return nil, errors.New("it has no name")
	}
	fields := strings.Fields(text[end+1:])
	const state, ppid, tty, utime, stime, started, rss = 0, 1, 4, 11, 12, 19, 21 // the third field is the first here
	if len(fields) <= rss {
		return nil, errors.New("it is cut short")
	}
	const most = 1 << 38 // a time that fits, however odd the text is
	var err error
	number := func(field int) uint64 {
		n, parseErr := strconv.ParseInt(fields[field], 10, 64)
		err = errors.Join(err, parseErr)
		return uint64(min(max(n, 0), most))
	}
	p := &Process{
		PPID: int(number(ppid)), TTY: number(tty), Started: time.Duration(number(started)) * tick,
		CPU: time.Duration(number(utime)+number(stime)) * tick, Memory: number(rss) * uint64(os.Getpagesize()), Name: text[begin+1 : end],
	}
	if fields[state] == "Z" {
		p.Name += "] <defunct"
	}
	return p, err
}

// Command is what it executes, as ps(1) shows it.
func (p *Process) Command() string {
	if len(p.Args) > 0 {
		return strings.Join(p.Args, " ")
	}
	return "[" + p.Name + "]"
}
