package containers

import (
	"fmt"
	"os/user"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/figures"
)

// plainRows are the columns of ps -ef, with the same words.
func plainRows(c *figures.Container) ([][]string, error) {
	all, err := c.Processes()
	if err != nil {
		return nil, err
	}
	var up unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &up); err != nil {
		return nil, err
	}
	now, since := time.Now(), time.Duration(up.Nano())
	rows := [][]string{{"UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"}}
	for n := range all {
		p := &all[n]
		age := max(since-p.Started, 0)
		rows = append(rows, []string{
			userName(p.UID), strconv.Itoa(p.PID), strconv.Itoa(p.PPID), strconv.Itoa(useOf(p.CPU, age)),
			startText(now.Add(-age), now), terminalName(p.TTY), cpuText(p.CPU), p.Command(),
		})
	}
	return rows, nil
}

// userName is the host's name of a user, which ps shortens.
func userName(uid uint32) string {
	const most = 8
	text := strconv.FormatUint(uint64(uid), 10)
	known, err := user.LookupId(text)
	switch {
	case err != nil || known.Username == "":
		return text
	case len(known.Username) > most:
		return known.Username[:most-1] + "+"
	}
	return known.Username
}

// useOf is the part of its life in which it had a CPU, in percent.
func useOf(cpu, age time.Duration) int {
	const most = 99
	if age < time.Second {
		return 0
	}
	return min(int(100*cpu/age), most)
}

// startText is the time of the day when it began, of an earlier day the date, and of an earlier
// year that.
func startText(started, now time.Time) string {
	switch {
	case started.Year() != now.Year():
		return started.Format("2006")
	case started.YearDay() != now.YearDay():
		return started.Format("Jan02")
	}
	return started.Format("15:04")
}

// terminalName is the name of a terminal by its device number: see devices.txt of the kernel.
func terminalName(device uint64) string {
	const pts, lastPTS, console, serial = 136, 143, 4, 64
	major, minor := unix.Major(device), unix.Minor(device)
	switch {
	case device == 0:
		return "?"
	case major >= pts && major <= lastPTS:
		return fmt.Sprintf("pts/%d", (major-pts)<<8+minor)
	case major == console && minor < serial:
		return fmt.Sprintf("tty%d", minor)
	case major == console:
		return fmt.Sprintf("ttyS%d", minor-serial)
	}
	return fmt.Sprintf("%d,%d", major, minor)
}

// cpuText is a time as [DAYS-]HH:MM:SS.
func cpuText(cpu time.Duration) string {
	seconds := int(cpu / time.Second)
	const minute, hour, day = 60, 3600, 24 * 3600
	text := fmt.Sprintf("%02d:%02d:%02d", seconds%day/hour, seconds%hour/minute, seconds%minute)
	if seconds >= day {
		text = fmt.Sprintf("%d-%s", seconds/day, text)
	}
	return text
}
