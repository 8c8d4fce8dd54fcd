package supervisor

import (
	"testing"
	"time"

	"github.com/mydocker/mydocker/container/state"
)

func TestAgain(t *testing.T) {
	const ms, s = time.Millisecond, time.Second
	for _, test := range []struct {
		policy string
		max    int
		ended  Ended
		delay  time.Duration // -1 for not again
	}{
		{"", 0, Ended{ExitCode: 1}, -1},
		{"no", 0, Ended{ExitCode: 1}, -1},
		{"no such policy", 0, Ended{ExitCode: 1}, -1},
		{"always", 0, Ended{}, 100 * ms},
		{"always", 0, Ended{ExitCode: 137}, 100 * ms},
		{"always", 0, Ended{Stopped: true}, -1},
		{"unless-stopped", 0, Ended{}, 100 * ms},
		{"unless-stopped", 0, Ended{Stopped: true}, -1},
		{"on-failure", 0, Ended{}, -1},
		{"on-failure", 0, Ended{ExitCode: 1, Stopped: true}, -1},
		{"on-failure", 0, Ended{ExitCode: 1, Restarts: 1 << 30, Delay: s}, 2 * s},
		{"on-failure", 3, Ended{ExitCode: 1, Restarts: 2, Delay: 200 * ms}, 400 * ms},
		{"on-failure", 3, Ended{ExitCode: 1, Restarts: 3, Delay: 400 * ms}, -1},
		{"on-failure", 3, Ended{ExitCode: 1, Restarts: 3, Delay: 400 * ms, Ran: time.Hour}, -1},
		{"always", 0, Ended{Restarts: 1, Delay: 100 * ms}, 200 * ms},
		{"always", 0, Ended{Restarts: 9, Delay: 51200 * ms}, time.Minute},
		{"always", 0, Ended{Restarts: 99, Delay: time.Minute}, time.Minute},
		{"always", 0, Ended{Restarts: 99, Delay: time.Minute, Ran: 9999 * ms}, time.Minute},
		{"always", 0, Ended{Restarts: 99, Delay: time.Minute, Ran: 10 * s}, 100 * ms},
		{"always", 0, Ended{Restarts: 99, Delay: -s}, 100 * ms},
		{"always", 0, Ended{Restarts: 99, Delay: 1 << 62}, time.Minute},
	} {
		delay, again := test.ended.Again(state.RestartPolicy{Name: test.policy, Max: test.max})
		if !again {
			delay = -1
		}
		if delay != test.delay {
			t.Errorf("%s:%d %+v: %v, want %v", test.policy, test.max, test.ended, delay, test.delay)
		}
	}
}

func TestAtBoot(t *testing.T) {
	now := time.Now()
	for _, test := range []struct {
		policy  string
		started *time.Time
		stopped bool
		want    bool
	}{
		{"always", &now, false, true}, {"always", &now, true, true}, {"always", nil, false, false},
		{"unless-stopped", &now, false, true}, {"unless-stopped", &now, true, false}, {"unless-stopped", nil, false, false},
		{"on-failure", &now, false, false}, {"no", &now, false, false}, {"", &now, false, false},
	} {
		r := &state.Record{
			Settings: state.Settings{Supervised: true, Restart: state.RestartPolicy{Name: test.policy}},
			Life:     state.Life{Started: test.started, Stopped: test.stopped},
		}
		if got := AtBoot(r); got != test.want {
			t.Errorf("%+v: %v", test, got)
		}
		if r.Supervised = false; AtBoot(r) {
			t.Errorf("%+v: started without a supervisor", test)
		}
	}
}
