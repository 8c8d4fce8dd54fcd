package signals

import (
	"errors"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/mydocker/mydocker/utils"
)

// effect is what a signal, whose default is to terminate, would do to a process that
// is not PID 1.
type effect int

const (
	unclear effect = iota // it runs, or has just been woken: look again
	hidden                // it sleeps, and the kernel does not tell where
	taken                 // it is handled, ignored or read, or there is no process
	awaited               // it is waited for in sigwait(3)
	blocked               // it stays pending
	fatal                 // it ends the process
)

// sample is what one look has found about a thread that did not block the signal.
type sample struct {
	tid    string
	asleep bool
	sleeps string // how often it went to sleep
	ran    time.Duration
}

// continues reports whether the thread has slept, or has run, all the time since an
// earlier sample.
func (s sample) continues(earlier sample) bool {
	return s.tid == earlier.tid && s.sleeps == earlier.sleeps && s.asleep == earlier.asleep
}

const (
	// observeTimeout is how long a process is looked at that does not get a CPU, where no
	// deadline of the user's is nearer.
	observeTimeout = time.Second
	// dequeued is when the kernel tells where a thread sleeps. Since Linux 6.12 it may
	// be on a queue for a while yet, and count as running for that.
	dequeued = 50 * time.Millisecond
	// wakeUp is longer than a thread runs that leaves sigwait(3) before it blocks the
	// signal again.
	wakeUp = 2 * time.Millisecond
)

// Drops reports whether a PID 1 does nothing about a signal, which the kernel does not
// even deliver then if it comes from the container. Where that is not clear, as of one
// that may wait for it in sigwait(3), it probably does not.
func Drops(pid int, sig syscall.Signal) bool {
	now := observe(pid, sig, time.Now().Add(observeTimeout))
	return now == fatal || now == hidden
}

// observe looks at a process until it is clear what it would do about a signal, or until
// the deadline.
func observe(pid int, sig syscall.Signal, deadline time.Time) effect {
	var first sample
	since := time.Now()
	for pause := 20 * time.Microsecond; ; pause = min(2*pause, 5*time.Millisecond) {
		now, seen := look(pid, sig)
		switch {
		case now != unclear:
			return now
		case seen.tid == "" || !seen.continues(first):
			first, since = seen, time.Now()
		case seen.asleep && time.Since(since) > dequeued:
			return hidden
		case !seen.asleep && seen.ran-first.ran > wakeUp:
			return fatal
		}
		if time.Now().After(deadline) {
			return fatal // it does not block the signal, nor does it sleep
		}
		time.Sleep(pause)
	}
}

// look reads in /proc what the process would do about a signal. It does not touch the
// process. That would have side effects: a SIGCONT runs its handler, and a stop has
// some system calls end with EINTR, in all threads (signal(7)).
func look(pid int, sig syscall.Signal) (effect, sample) {
	dir := "/proc/" + strconv.Itoa(pid)
	tid, status := chosen(dir, sig)
	switch {
	case status == "", hasSignal(status, sig, "SigCgt", "SigIgn"):
		return taken, sample{}
	case tid == "":
		if hasSignalFile(dir, sig) {
			return taken, sample{}
		}
		return blocked, sample{}
	}
	return lookAt(dir+"/task/"+tid, sig, status)
}

// chosen returns the thread that the kernel gives the signal to and its status: the
// first one unless that blocks it or has ended, else any other. If all block it, there
// is a status, but no tid. The handlers are the same for all.
func chosen(dir string, sig syscall.Signal) (tid, status string) {
	first := dir[strings.LastIndexByte(dir, '/')+1:]
	if status = statusOf(dir); status == "" {
		return "", ""
	}
	ended := inState(status, "ZX")
	if !ended && !hasSignal(status, sig, "SigBlk") || hasSignal(status, sig, "SigCgt", "SigIgn") {
		return first, status
	}
	for _, other := range someOf(dir + "/task") {
		of := statusOf(dir + "/task/" + other)
		if other == first || of == "" || inState(of, "ZX") {
			continue
		}
		if ended = false; !hasSignal(of, sig, "SigBlk") {
			return other, of
		}
	}
	if ended {
		return "", ""
	}
	return "", status
}

// lookAt looks at a thread whose status says that it does not block the signal. One in
// sigwait(3) does not, as long as it sleeps there.
func lookAt(dir string, sig syscall.Signal, before string) (effect, sample) {
	const sleeps = "voluntary_ctxt_switches"
	wchan, err := utils.ReadFile(dir + "/wchan") // "0" if it does not sleep, or that may not be known
	status := statusOf(dir)
	now := sample{tid: dir, asleep: !inState(status, "R"), sleeps: field(status, sleeps)}
	switch known := err == nil && wchan != "" && wchan != "0"; {
	case status == "" || field(before, sleeps) != now.sleeps || hasSignal(status, sig, "SigBlk", "SigCgt", "SigIgn"):
		return unclear, sample{} // something has just changed
	case strings.Contains(wchan, "sigtimedwait") && inState(status, "S"):
		return awaited, now
	case strings.Contains(wchan, "sigtimedwait"): // a frozen one (state D) does not wake up yet
		return taken, now
	case inState(status, "Tt"), known && now.asleep:
		return fatal, now
	}
	if ran, err := utils.ReadFile(dir + "/schedstat"); err == nil {
		nanoseconds, _, _ := strings.Cut(ran, " ")
		if n, err := strconv.ParseInt(nanoseconds, 10, 64); err == nil {
			now.ran = time.Duration(n)
		}
	}
	return unclear, now
}

// hasSignalFile reports whether the process has a signalfd(2) for sig.
func hasSignalFile(dir string, sig syscall.Signal) bool {
	return slices.ContainsFunc(someOf(dir+"/fd"), func(fd string) bool {
		target, err := os.Readlink(dir + "/fd/" + fd)
		if err != nil || target != "anon_inode:[signalfd]" {
			return false
		}
		info, err := utils.ReadFile(dir + "/fdinfo/" + fd)
		return err == nil && hasSignal(info, sig, "sigmask")
	})
}

// someOf lists a directory of /proc, but for what would take too long: a process with so
// many threads or files that they hold up its own end is its own fault.
func someOf(dir string) []string {
	const most = 1000
	file, err := os.Open(dir)
	if err != nil {
		return nil
	}
	names, err := file.Readdirnames(most)
	if err := errors.Join(err, file.Close()); err != nil && !errors.Is(err, io.EOF) {
		return nil
	}
	return names
}

// statusOf returns the status of a process or thread, or "" if it is gone.
func statusOf(dir string) string {
	status, err := utils.ReadFile(dir + "/status")
	if err != nil {
		return ""
	}
	return status
}

// field returns a value of a status, without the blanks around it.
func field(status, name string) string {
	for line := range strings.Lines(status) {
		if value, found := strings.CutPrefix(line, name+":"); found {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// inState reports whether the status has one of the states (proc_pid_stat(5)).
func inState(status, states string) bool {
	state := field(status, "State")
	return state != "" && strings.ContainsAny(state[:1], states)
}

// hasSignal looks for sig in the named masks of a status, which are hexadecimal with
// signal 1 as the lowest bit (proc_pid_status(5)).
func hasSignal(status string, sig syscall.Signal, masks ...string) bool {
	for line := range strings.Lines(status) {
		key, value, _ := strings.Cut(line, ":")
		if !slices.Contains(masks, key) {
			continue
		}
		mask, err := strconv.ParseUint(strings.TrimSpace(value), 16, 64)
		if err == nil && mask&(1<<(sig-1)) != 0 {
			return true
		}
	}
	return false
}
