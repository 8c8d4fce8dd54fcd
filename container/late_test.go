package container

import (
	"errors"
	"syscall"
	"testing"
	"time"
)

func never() bool  { return false }
func always() bool { return true }

// Who is not late waits as long as it takes.
func TestAwait(t *testing.T) {
	done := make(chan struct{})
	time.AfterFunc(3*lookPause, func() { close(done) })
	l := NewLate()
	if l.Await(done, always) {
		t.Error("Await has given up without a reason")
	}
	if code := l.code(7); code != 7 {
		t.Errorf("the code is %d", code)
	}
}

// A signal, a limit that is reached and one that is still to come end the wait for a
// reader that has stalled, and no other.
func TestAwaitLate(t *testing.T) {
	tests := map[string]struct {
		late func(*Late)
		code int
	}{
		"signal":   {func(l *Late) { l.signals <- syscall.SIGTERM }, 143},
		"later":    {func(l *Late) { time.AfterFunc(lookPause, func() { l.signals <- syscall.SIGHUP }) }, 129},
		"reached":  {func(l *Late) { l.reached = true }, CodeTimedOut},
		"deadline": {func(l *Late) { l.deadline = time.Now().Add(lookPause) }, CodeTimedOut},
		"asked":    {func(l *Late) { l.asked = syscall.SIGINT }, 7},
	}
	for name, test := range tests {
		l := NewLate()
		test.late(l)
		if !l.Await(nil, For(2*lookPause)) {
			t.Errorf("%s: Await has not given up", name)
		}
		if code := l.code(7); code != test.code {
			t.Errorf("%s: the code is %d, want %d", name, code, test.code)
		}
		done := make(chan struct{})
		time.AfterFunc(3*lookPause, func() { close(done) })
		if l.Await(done, never) {
			t.Errorf("%s: Await has given up a reader that reads", name)
		}
		var late *LateError
		if err := l.Err("wait"); !errors.As(err, &late) || test.code != 7 && late.ExitCode() != test.code || test.code == 7 && late.ExitCode() != 130 {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}
