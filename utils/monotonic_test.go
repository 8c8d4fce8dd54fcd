package utils

import (
	"testing"
	"time"
)

func TestMonotonic(t *testing.T) {
	for _, away := range []time.Duration{-time.Hour, 0, time.Hour} {
		before := time.Now()
		got := OfMonotonic(Monotonic(before.Add(away)))
		if lost := got.Sub(before) - away; lost.Abs() > time.Since(before) {
			t.Errorf("%v away: %v are lost", away, lost)
		}
	}
}
