package signals

import (
	"os"
	"sync"
	"sync/atomic"
)

// passing is what was taken from the kernel and is not yet passed on: an execve(2) would lose it.
type passing struct {
	taking sync.Mutex // held by who takes signals from the kernel
	count  atomic.Int64
}

// take queues a signal for Forward.
func (s *Signals) take(sig os.Signal) {
	s.passing.count.Add(1)
	s.caught <- sig
}

func (p *passing) done() { p.count.Add(-1) }

// Hold leaves all signals where they are in the kernel, until release is called. It does nothing, and
// returns false, while one is on its way to the command.
func (s *Signals) Hold() (release func(), ok bool) {
	if !s.passing.taking.TryLock() {
		return nil, false
	}
	if s.passing.count.Load() != 0 {
		s.passing.taking.Unlock()
		return nil, false
	}
	return s.passing.taking.Unlock, true
}
