package detached

import (
	"testing"
	"time"

	"github.com/mydocker/mydocker/container/state"
)

// A container is waited for that has just begun, and no other: neither an old one, nor one that
// begins in the future by a clock that was set back.
func TestHasJustStarted(t *testing.T) {
	for age, want := range map[time.Duration]bool{0: true, 10 * time.Millisecond: true, time.Second: false, -time.Hour: false} {
		started := time.Now().Add(-age)
		found := &state.Listed{}
		found.Started = &started
		if got := hasJustStarted(found); got != want {
			t.Errorf("began %v ago: %t", age, got)
		}
	}
	if hasJustStarted(&state.Listed{}) {
		t.Error("one that has never begun")
	}
}
