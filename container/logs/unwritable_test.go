package logs

import (
	"testing"
	"time"
)

func TestUnwritable(t *testing.T) {
	l := Unwritable()
	l.Write(Stdout, time.Now(), []byte("line\nbegun"))
	if lost := l.Lost(); lost != 5 {
		t.Errorf("%d bytes are lost, and one line has 5", lost)
	}
	if _, ok := l.Unfinished(); !ok {
		t.Error("nobody can try again")
	}
	if err := l.Close(); err != nil || l.Lost() != 10 {
		t.Errorf("%d bytes are lost of 10: %v", l.Lost(), err)
	}
}
