package utils

import (
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestThreadIsOneThread(t *testing.T) {
	thread := NewThread()
	var tids [3]int
	for i := range tids {
		if err := thread.Do(func() error { tids[i] = unix.Gettid(); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if tids[0] == 0 || tids[1] != tids[0] || tids[2] != tids[0] {
		t.Errorf("functions ran on threads %v, want one", tids)
	}
	if err := thread.Close(); err != nil {
		t.Error(err)
	}
}

// The kernel charges the process's memory to the cgroup of its first thread,
// so that one must never be used, even if nobody else is on it.
func TestThreadIsNeverTheFirst(t *testing.T) {
	for range 200 {
		thread := NewThread()
		var tid int
		if err := thread.Do(func() error { tid = unix.Gettid(); return nil }); err != nil {
			t.Fatal(err)
		}
		if tid == unix.Getpid() {
			t.Fatal("a function ran on the first thread of the process")
		}
		if err := thread.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestThreadGo(t *testing.T) {
	thread := NewThread()
	failure := errors.New("failure")
	begin := make(chan struct{})
	wait := thread.Go(func() error {
		<-begin
		return failure
	})
	// Go has returned although f has not: otherwise this would hang.
	close(begin)
	for range 2 {
		if err := wait(); err != failure {
			t.Errorf("wait() = %v, want what f returned, each time", err)
		}
	}
	if err := thread.Do(func() error { return nil }); err != nil {
		t.Errorf("Do() = %v after a function that failed", err)
	}
	if err := thread.Close(); err != nil {
		t.Error(err)
	}
}

func TestThreadRunsInOrder(t *testing.T) {
	thread := NewThread()
	var order []int
	var waits []func() error
	for i := range 10 {
		waits = append(waits, thread.Go(func() error { order = append(order, i); return nil }))
	}
	for _, wait := range waits {
		if err := wait(); err != nil {
			t.Error(err)
		}
	}
	if got, want := fmt.Sprint(order), "[0 1 2 3 4 5 6 7 8 9]"; got != want {
		t.Errorf("order %s, want %s", got, want)
	}
	if err := thread.Close(); err != nil {
		t.Error(err)
	}
}

// The thread changed what no other may have; it must not be used again.
func TestThreadEndsWithClose(t *testing.T) {
	thread := NewThread()
	var task string
	err := thread.Do(func() error {
		task = fmt.Sprintf("/proc/self/task/%d", unix.Gettid())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(task); err != nil {
		t.Fatalf("the thread is not there before Close: %v", err)
	}
	if err := thread.Close(); err != nil {
		t.Fatal(err)
	}
	for range 500 {
		if _, err := os.Stat(task); errors.Is(err, os.ErrNotExist) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%s is still there after Close", task)
}
