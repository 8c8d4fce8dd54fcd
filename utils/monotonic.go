package utils

import (
	"time"

	"golang.org/x/sys/unix"
)

// Monotonic is a time in nanoseconds of CLOCK_MONOTONIC, which mean the same to another process image.
func Monotonic(t time.Time) int64 { return monotonicNow() + int64(time.Until(t)) }

// OfMonotonic is the reverse of Monotonic.
func OfMonotonic(at int64) time.Time { return time.Now().Add(time.Duration(at - monotonicNow())) }

func monotonicNow() (at int64) {
	var clock unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &clock); err == nil { // every kernel has it
		at = clock.Nano()
	}
	return at
}
