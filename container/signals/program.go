package signals

import (
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/mydocker/mydocker/utils"
)

// programOf identifies the program that a process executes, "" if it has ended: by the
// addresses that only execve(2) sets, of its code, stack, data, heap, arguments and
// environment (proc_pid_stat(5), fields 26 to 28 and 45 to 51).
func programOf(pid int) string {
	const third, last = 3, 51
	fields, err := utils.ProcessStat(pid, last-third+1)
	if err != nil {
		return ""
	}
	return strings.Join(slices.Concat(fields[26-third:28-third+1], fields[45-third:last-third+1]), " ")
}

// executed reports whether the process executes another program than the one that it had
// when the signal was about to be sent. A signal that is still pending may yet find the
// next one, so it waits until it is not, or until the deadline.
func executed(pid int, sig syscall.Signal, program string, deadline time.Time) bool {
	for hasSignal(statusOf("/proc/"+strconv.Itoa(pid)), sig, "ShdPnd", "SigPnd") && time.Now().Before(deadline) {
		time.Sleep(shortPause)
	}
	now := programOf(pid)
	return now != "" && now != program
}
