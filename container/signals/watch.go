package signals

import (
	"strconv"
	"sync"
	"syscall"
	"time"
)

// watched are the signals that somebody looks after.
type watched struct {
	mutex sync.Mutex
	fresh map[syscall.Signal]bool // whether it has been sent again since the last look
}

// begin reports whether nobody looks after sig yet.
func (w *watched) begin(sig syscall.Signal) bool {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	_, known := w.fresh[sig]
	if w.fresh == nil {
		w.fresh = map[syscall.Signal]bool{}
	}
	w.fresh[sig] = known
	return !known
}

// end reports whether sig has not been sent again, and then nobody looks after it.
func (w *watched) end(sig syscall.Signal) bool {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.fresh[sig] {
		w.fresh[sig] = false
		return false
	}
	delete(w.fresh, sig)
	return true
}

const (
	// quietLimit is how long a command may block a signal, without doing anything, before it
	// is taken for one that fetches it.
	quietLimit = 50 * time.Millisecond
	// busyLimit is that time for a command that does something all the time.
	busyLimit = 2 * time.Second
	// shortPause and longPause are the least and the most time between two looks.
	shortPause, longPause = time.Millisecond, 100 * time.Millisecond
)

// watch looks after a signal that the command blocks: the kernel drops it when the
// command, as PID 1, just unblocks it. There is one watcher for each signal, however
// often that comes. It only reads in /proc.
func (s *Signals) watch(p Process, sig syscall.Signal) {
	if !s.watched.begin(sig) {
		return
	}
	go func() {
		for ended := false; !ended; {
			s.report(s.await(p, sig))
			ended = s.watched.end(sig)
		}
	}()
}

// await waits until the signal is not pending any more. Then the command has fetched
// it (sigtimedwait(2)) and still blocks it, or it was dropped, and a shell blocks it again
// that blocks signals for each program that it starts. Such a shell is not asleep
// meanwhile: it runs, or waits for vfork(2) in state D.
func (s *Signals) await(p Process, sig syscall.Signal) error {
	var gone, asleep time.Duration
	for pause := shortPause; asleep < quietLimit && gone < busyLimit && !p.Finished(); {
		time.Sleep(pause)
		switch s.effectOf(p, sig, time.Now().Add(observeTimeout)) {
		case fatal:
			return s.end(p, sig)
		case taken, awaited:
			return nil
		}
		status := statusOf("/proc/" + strconv.Itoa(p.Pid()))
		if hasSignal(status, sig, "ShdPnd", "SigPnd") {
			pause, gone, asleep = min(2*pause, longPause), 0, 0
			continue
		}
		pause = shortPause
		if gone += pause; inState(status, "S") {
			asleep += pause
		}
	}
	return nil
}
