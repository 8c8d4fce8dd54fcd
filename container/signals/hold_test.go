package signals

import (
	"testing"

	"golang.org/x/sys/unix"
)

// A signal that was taken from the kernel is not lost to who executes another process image.
func TestHold(t *testing.T) {
	s := New(false, nil, nil)
	held := func() bool {
		release, ok := s.Hold()
		if ok {
			release()
		}
		return ok
	}
	if !held() {
		t.Error("nothing is on its way, and it cannot be held")
	}
	s.take(unix.SIGUSR1)
	if held() {
		t.Error("it is held while a signal waits")
	}
	<-s.caught
	if held() {
		t.Error("it is held while a signal is passed on")
	}
	s.passing.done()
	if !held() {
		t.Error("it cannot be held when the signal was passed on")
	}
	s.passing.taking.Lock()
	if held() {
		t.Error("it is held while a signal is taken")
	}
}
