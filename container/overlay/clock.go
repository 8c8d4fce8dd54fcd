package overlay

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// Now is a moment between what was changed before the call and what is changed after it:
// a file's time of change is earlier, or it is the same or later. Files get their times
// from a clock that goes in ticks of up to 10 ms, and since Linux 6.13 some from the exact
// one; so the tick behind the exact time is waited for.
func Now() (int64, error) {
	exact, err := clock(unix.CLOCK_REALTIME)
	for err == nil {
		var tick int64
		if tick, err = clock(unix.CLOCK_REALTIME_COARSE); tick > exact {
			return tick, err
		}
		time.Sleep(100 * time.Microsecond)
	}
	return 0, err
}

func clock(id int32) (int64, error) {
	var now unix.Timespec
	if err := unix.ClockGettime(id, &now); err != nil {
		return 0, fmt.Errorf("clock_gettime: %w", err)
	}
	return now.Nano(), nil
}
