package utils

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// Thread is an OS thread that runs functions one after the other, for as long as
// the process lives. What they change about the thread (namespaces, cgroups) is seen by them alone: the Go
// runtime neither schedules anything else on it nor clones threads from it.
//
// It is never the first thread of the process. The kernel charges the memory
// of the whole process to the cgroup of that one (mm->owner, cgroup v1), so it
// must not enter a container's cgroup.
type Thread struct {
	work chan func()
	done chan struct{}
}

// NewThread starts a thread.
func NewThread() *Thread {
	t := &Thread{make(chan func()), make(chan struct{})}
	go t.serve()
	return t
}

func (t *Thread) serve() {
	runtime.LockOSThread()
	if unix.Gettid() == unix.Getpid() {
		// While this goroutine waits here, another one cannot get its thread.
		go t.serve()
		select {}
	}
	for f := range t.work {
		f()
		t.done <- struct{}{}
	}
}

// ServeHere makes a thread of the caller's, which has to be bound to it (runtime.LockOSThread): what
// begin starts with go has it until it returns.
func ServeHere(begin func(*Thread)) {
	t := &Thread{make(chan func()), make(chan struct{})}
	go func() {
		defer close(t.work)
		begin(t)
	}()
	for f := range t.work {
		f()
		t.done <- struct{}{}
	}
}

// Do runs f on the thread.
func (t *Thread) Do(f func()) {
	t.work <- f
	<-t.done
}
