package group

import "time"

const (
	// waitTimeout is what the kernel gets to freeze processes, or to finish with those that were killed.
	waitTimeout = 10 * time.Second
	firstPause  = 50 * time.Microsecond
	longestOne  = 10 * time.Millisecond
	// graceOfDead is how long a process is taken for one that is about to end: the kernel lists it until it has.
	graceOfDead = 200 * time.Millisecond
)

// wait is a wait for something that cgroup v1 tells nobody of. It counts the pauses and not a time by the clock,
// for the whole machine may have stood still meanwhile.
type wait struct{ waited, next time.Duration }

// pause waits a little, each time longer, or reports that the time is up.
func (w *wait) pause() bool {
	if w.waited >= waitTimeout {
		return false
	}
	w.next = min(max(w.next*2, firstPause), longestOne)
	time.Sleep(w.next)
	w.waited += w.next
	return true
}
