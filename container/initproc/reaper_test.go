package initproc

import (
	"syscall"
	"testing"
)

func TestSignalIn(t *testing.T) {
	for name, want := range map[string]syscall.Signal{
		"ended by 09": 9, "ended by 15": 15, "ended by 64": 64,
		"": 0, "mydocker": 0, "ended by ": 0, "ended by -1": 0, "ended by x": 0, "09": 0, "ended by 999": 0,
	} {
		if got := signalIn(name); got != want {
			t.Errorf("%q: %d, want %d", name, got, want)
		}
	}
}
