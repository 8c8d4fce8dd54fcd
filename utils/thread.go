package utils

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// Thread is an OS thread that runs functions one after the other. What they
// change about the thread (namespaces, cgroups) is seen by them alone: the Go
// runtime neither schedules anything else on it nor clones threads from it.
//
// It is never the first thread of the process. The kernel charges the memory
// of the whole process to the cgroup of that one (mm->owner, cgroup v1), so it
// must not enter a container's cgroup.
type Thread struct {
	work chan func()
}

// NewThread starts a thread.
func NewThread() *Thread {
	t := &Thread{work: make(chan func(), 1)}
	go t.serve()
	return t
}

func (t *Thread) serve() {
	// Never unlocked: the thread ends with the goroutine.
	runtime.LockOSThread()
	if unix.Gettid() == unix.Getpid() {
		// While this goroutine waits here, another one cannot get its thread.
		done := make(chan struct{})
		go func() {
			defer close(done)
			t.serve()
		}()
		<-done
		runtime.UnlockOSThread()
		return
	}
	for f := range t.work {
		f()
	}
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
