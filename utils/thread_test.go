package utils

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestThreadIsOneThread(t *testing.T) {
	thread := NewThread()
	var tids [3]int
	for i := range tids {
		thread.Do(func() { tids[i] = unix.Gettid() })
	}
	if tids[0] == 0 || tids[1] != tids[0] || tids[2] != tids[0] {
		t.Errorf("functions ran on threads %v, want one", tids)
	}
}

// The kernel charges the process's memory to the cgroup of its first thread,
// so that one must never be used, even if nobody else is on it.
func TestThreadIsNeverTheFirst(t *testing.T) {
	for range 50 {
		thread := NewThread()
		var tid int
		thread.Do(func() { tid = unix.Gettid() })
		if tid == unix.Getpid() {
			t.Fatal("a function ran on the first thread of the process")
		}
	}
}
