package utils

import "runtime"

// Thread is an OS thread that runs functions one after the other. What they
// change about the thread (namespaces, cgroups) is seen by them alone: the Go
// runtime neither schedules anything else on it nor clones threads from it.
type Thread struct {
	work chan func()
}

// NewThread starts a thread. It is never the first one of the process if that
// is bound to the main goroutine.
func NewThread() *Thread {
	t := &Thread{work: make(chan func(), 1)}
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		for f := range t.work {
			f()
		}
	}()
	return t
}

// Go starts f on the thread; wait returns what f did, and may be called again.
func (t *Thread) Go(f func() error) (wait func() error) {
	var err error
	done := make(chan struct{})
	t.work <- func() {
		err = f()
		close(done)
	}
	return func() error {
		<-done
		return err
	}
}

// Do runs f on the thread.
func (t *Thread) Do(f func() error) error { return t.Go(f)() }

// Close ends the thread after what it does now.
func (t *Thread) Close() error {
	close(t.work)
	return nil
}
