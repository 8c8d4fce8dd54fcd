package supervisor

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

func TestDueTimes(t *testing.T) {
	now := time.Now()
	past, soon, late, none := now.Add(-time.Hour), now.Add(time.Hour), now.Add(3*time.Hour), time.Time{}
	for name, c := range map[string]struct {
		due    dueTimes
		first  time.Time
		within bool // two hours
	}{
		"nothing":         {dueTimes{none, none}, none, false},
		"a limit soon":    {dueTimes{soon, none}, soon, true},
		"a limit late":    {dueTimes{late, none}, late, false},
		"a check soon":    {dueTimes{none, soon}, soon, true},
		"a check late":    {dueTimes{none, late}, late, false},
		"the limit first": {dueTimes{soon, late}, soon, true},
		"the check first": {dueTimes{late, soon}, soon, true},
		"both late":       {dueTimes{late, late}, late, false},
		"a limit reached": {dueTimes{past, late}, past, true},
	} {
		if first, within := c.due.first(), c.due.within(2*time.Hour); !first.Equal(c.first) || within != c.within {
			t.Errorf("%s: %v, %v", name, first, within)
		}
	}
	if due := (dueTimes{past, none}); !due.within(0) {
		t.Error("what is in the past is not waited for")
	}
}

func TestDueTimer(t *testing.T) {
	for _, due := range []dueTimes{{limit: time.Now().Add(-time.Second)}, {health: time.Now().Add(20 * time.Millisecond)}} {
		fd, err := due.timer()
		if err != nil {
			t.Fatal(err)
		}
		source := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		if _, err := utils.Retry(func() (int, error) { return unix.Poll(source, -1) }); err != nil {
			t.Error(err)
		}
		if expired, err := hasExpired(fd); !expired || err != nil {
			t.Errorf("%+v: %v, %v", due, expired, err)
		}
	}
	late := dueTimes{time.Now().Add(time.Hour), time.Time{}}
	fd, err := late.timer()
	if err != nil {
		t.Fatal(err)
	}
	if expired, err := hasExpired(fd); expired || err != nil {
		t.Errorf("late: %v, %v", expired, err)
	}
	fd, err = (&dueTimes{}).timer()
	if expired, none := hasExpired(fd); fd >= 0 || expired || err != nil || none != nil {
		t.Errorf("nothing is due: %d, %v, %v, %v", fd, expired, err, none)
	}
}
