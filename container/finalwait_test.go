package container

import (
	"errors"
	"syscall"
	"testing"
	"time"
)

func never() bool  { return false }
func always() bool { return true }

// Nobody is given up before a signal or a limit.
func TestAwait(t *testing.T) {
	done := make(chan struct{})
	time.AfterFunc(3*lookPause, func() { close(done) })
	w := NewFinalWait()
	if w.Await(done, always) {
		t.Error("Await has given up without a reason")
	}
	if code := w.code(7); code != 7 {
		t.Errorf("the code is %d", code)
	}
}

// A signal, a limit that is reached and one that is still to come end the wait for a
// reader that has stalled, and no other.
func TestFinalWaitIsOver(t *testing.T) {
	tests := map[string]struct {
		end  func(*FinalWait)
		code int
	}{
		"signal":   {func(w *FinalWait) { w.signals <- syscall.SIGTERM }, 143},
		"later":    {func(w *FinalWait) { time.AfterFunc(lookPause, func() { w.signals <- syscall.SIGHUP }) }, 129},
		"reached":  {func(w *FinalWait) { w.reached = true }, CodeTimedOut},
		"deadline": {func(w *FinalWait) { w.deadline = time.Now().Add(lookPause) }, CodeTimedOut},
		"asked":    {func(w *FinalWait) { w.asked = syscall.SIGINT }, 7},
	}
	for name, test := range tests {
		w := NewFinalWait()
		test.end(w)
		if !w.Await(nil, For(2*lookPause)) {
			t.Errorf("%s: Await has not given up", name)
		}
		if code := w.code(7); code != test.code {
			t.Errorf("%s: the code is %d, want %d", name, code, test.code)
		}
		done := make(chan struct{})
		time.AfterFunc(3*lookPause, func() { close(done) })
		if w.Await(done, never) {
			t.Errorf("%s: Await has given up a reader that reads", name)
		}
		var unread *UnreadError
		if err := w.Err("wait"); !errors.As(err, &unread) || test.code != 7 && unread.ExitCode() != test.code || test.code == 7 && unread.ExitCode() != 130 {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}
