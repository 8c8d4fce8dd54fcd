package supervisor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/state"
)

// patient is a container whose checks end as codes say, the last of them for ever.
type patient struct {
	began time.Time
	codes []int
	// lasts is how long a check takes.
	lasts time.Duration
	// told has a line for each report: when, the status, the streak, and how many results there are.
	told []string
	last state.Health
}

func (p *patient) probe(ctx context.Context, _ []string, output *Output) (int, error) {
	code := p.codes[0]
	if len(p.codes) > 1 {
		p.codes = p.codes[1:]
	}
	fmt.Fprintf(output, "code %d", code)
	select {
	case <-ctx.Done():
		return 137, nil
	case <-time.After(p.lasts):
	}
	if code < 0 {
		return 0, errors.New("it cannot be run")
	}
	return code, nil
}

func (p *patient) report(h *state.Health, before string) {
	p.told = append(p.told, fmt.Sprintf("%v %s>%s %d %d", time.Since(p.began), before, h.Status, h.FailingStreak, len(h.Log)))
	p.last = *h
}

func (p *patient) monitor(check *image.Healthcheck) *Monitor {
	p.began = time.Now()
	r := &state.Record{Settings: state.Settings{Health: check}}
	return NewMonitor(r, p.began, nil, p.probe, p.report)
}

func test(check image.Healthcheck) *image.Healthcheck {
	check.Test = []string{"CMD", "check"}
	return &check
}

func TestMonitor(t *testing.T) {
	const s = int64(time.Second)
	for name, c := range map[string]struct {
		check *image.Healthcheck
		codes []int
		lasts time.Duration
		runs  time.Duration
		want  []string
	}{
		"by default": {test(image.Healthcheck{}), []int{0}, 0, 61 * time.Second,
			[]string{"30s starting>healthy 0 1", "1m0s healthy>healthy 0 2"}},
		"three failures": {test(image.Healthcheck{Interval: s}), []int{1, 1, 1, 0, 1}, 0, 5500 * time.Millisecond,
			[]string{"1s starting>starting 1 1", "2s starting>starting 2 2", "3s starting>unhealthy 3 3", "4s unhealthy>healthy 0 4", "5s healthy>healthy 1 5"}},
		"one of retries": {test(image.Healthcheck{Interval: s, Retries: 1}), []int{-1, 0}, 0, 2500 * time.Millisecond,
			[]string{"1s starting>unhealthy 1 1", "2s unhealthy>healthy 0 2"}},
		"the start period": {test(image.Healthcheck{Interval: 10 * s, StartInterval: s, StartPeriod: 3 * s, Retries: 1}), []int{1, 1, 1, 1, 0}, 0, 14 * time.Second,
			[]string{"1s starting>starting 0 1", "2s starting>starting 0 2", "3s starting>unhealthy 1 3", "13s unhealthy>unhealthy 2 4"}},
		"well in the start period": {test(image.Healthcheck{Interval: 4 * s, StartPeriod: 60 * s, Retries: 1}), []int{1, 0, 1}, 0, 15 * time.Second,
			[]string{"5s starting>starting 0 1", "10s starting>healthy 0 2", "14s healthy>unhealthy 1 3"}},
		"a check that takes its time": {test(image.Healthcheck{Interval: s, Timeout: 2 * s}), []int{0}, 1500 * time.Millisecond, 6 * time.Second,
			[]string{"2.5s starting>healthy 0 1", "5s healthy>healthy 0 2"}},
		"a check that takes too long": {test(image.Healthcheck{Interval: s, Timeout: 2 * s, Retries: 2}), []int{0}, time.Hour, 7 * time.Second,
			[]string{"3s starting>starting 1 1", "6s starting>unhealthy 2 2"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &patient{codes: c.codes, lasts: c.lasts}
				m := p.monitor(c.check)
				m.Start()
				time.Sleep(c.runs)
				m.Stop()
				m.Wait()
				if !slices.Equal(p.told, c.want) {
					t.Errorf("%q\nwant %q", p.told, c.want)
				}
			})
		})
	}
}

// While it is stopped nothing is checked, and what was begun does not count.
func TestMonitorStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &patient{codes: []int{0}, lasts: 500 * time.Millisecond}
		m := p.monitor(test(image.Healthcheck{Interval: int64(time.Second)}))
		m.Start()
		m.Start()
		time.Sleep(1200 * time.Millisecond)
		m.Stop()
		m.Wait()
		m.Stop()
		m.Wait()
		time.Sleep(time.Hour)
		m.Start()
		time.Sleep(1800 * time.Millisecond)
		m.Stop()
		m.Wait()
		want := []string{"1h0m2.7s starting>healthy 0 1"}
		if !slices.Equal(p.told, want) {
			t.Errorf("%q\nwant %q", p.told, want)
		}
	})
}

// One goes on where another was held: with its status and its streak, and with the check that was due.
func TestMonitorTakesOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &patient{codes: []int{0, 1, 1, 0}}
		check := test(image.Healthcheck{Interval: int64(10 * time.Second), Retries: 2})
		before := p.monitor(check)
		before.Start()
		time.Sleep(25 * time.Second)
		handed, release, ok := before.Hold()
		if !ok || handed.Due == 0 {
			t.Fatal(handed, ok)
		}
		due := before.due
		before.Stop()
		release()
		before.Wait()
		time.Sleep(7 * time.Second) // a check is due meanwhile
		after := NewMonitor(&state.Record{Settings: state.Settings{Health: check}}, p.began, nil, p.probe, p.report)
		after.takeOver(&handed.Health, due)
		after.Start()
		time.Sleep(11 * time.Second)
		after.Stop()
		after.Wait()
		want := []string{"10s starting>healthy 0 1", "20s healthy>healthy 1 2", "32s healthy>unhealthy 2 3", "42s unhealthy>healthy 0 4"}
		if !slices.Equal(p.told, want) {
			t.Errorf("%q\nwant %q", p.told, want)
		}
	})
}

// It is held while it waits, or is stopped, and not during a check.
func TestMonitorHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &patient{codes: []int{0}, lasts: 2 * time.Second}
		m := p.monitor(test(image.Healthcheck{Interval: int64(10 * time.Second)}))
		held := func() (handed *handedHealth, is bool) {
			handed, release, ok := m.Hold()
			if ok {
				release()
			}
			return handed, ok
		}
		m.Start()
		for _, step := range []struct {
			wait     time.Duration
			is, plan bool
		}{{time.Second, true, true}, {10 * time.Second, false, false}, {2 * time.Second, true, true}} {
			time.Sleep(step.wait)
			if handed, is := held(); is != step.is || is && (handed.Due != 0) != step.plan {
				t.Errorf("%v after %v: %v, %+v", step, time.Since(p.began), is, handed)
			}
		}
		m.Stop()
		m.Wait()
		if handed, is := held(); !is || handed.Due != 0 || handed.Health.Status != state.Healthy {
			t.Errorf("stopped: %v, %+v", is, handed)
		}
		m = nil
		if handed, is := held(); !is || handed != nil || !handed.due().IsZero() {
			t.Errorf("without a check: %v, %+v", is, handed)
		}
	})
}

func TestMonitorKeepsLastResults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &patient{codes: []int{1, 2, 3, 4, 5, 6, -1, 8}}
		m := p.monitor(test(image.Healthcheck{Interval: int64(time.Second), Timeout: int64(time.Second)}))
		m.Start()
		time.Sleep(7500 * time.Millisecond)
		m.Stop()
		m.Wait()
		var codes []int
		for _, result := range p.last.Log {
			codes = append(codes, result.ExitCode)
		}
		if !slices.Equal(codes, []int{3, 4, 5, 6, -1}) || p.last.Log[4].Output != "it cannot be run" || p.last.Log[3].Output != "code 6" {
			t.Errorf("%+v", p.last)
		}
		p.lasts = time.Minute
		m.Start()
		time.Sleep(2500 * time.Millisecond)
		m.Stop()
		m.Wait()
		if last := p.last.Log[4]; last.ExitCode != -1 || last.Output != "Health check exceeded timeout (1s): code 8" || last.End.Sub(last.Start) != time.Second {
			t.Errorf("%+v", last)
		}
	})
}

func TestNoMonitor(t *testing.T) {
	for _, check := range []*image.Healthcheck{nil, {}, {Test: []string{"NONE"}}, {Test: []string{"CMD"}}, {Test: []string{"OTHER", "x"}}, {Interval: 1}} {
		m := (&patient{}).monitor(check)
		if m != nil {
			t.Errorf("%v is checked", check)
		}
		m.Start()
		m.Stop()
		m.Wait()
	}
}

func TestCommandOf(t *testing.T) {
	for want, c := range map[string][2][]string{
		"/bin/sh -c a b":    {{"CMD-SHELL", "a b"}, nil},
		"/bin/bash -ec a b": {{"CMD-SHELL", "a b"}, {"/bin/bash", "-ec"}},
		"a b":               {{"CMD", "a", "b"}, {"/bin/bash", "-c"}},
	} {
		if got := strings.Join(commandOf(c[0], c[1]), " "); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestOutput(t *testing.T) {
	o := &Output{}
	for range 3 {
		if n, err := o.Write([]byte(strings.Repeat("x", 2048))); n != 2048 || err != nil {
			t.Fatal(n, err)
		}
	}
	if got := o.String(); got != strings.Repeat("x", 4096)+"..." {
		t.Errorf("%d bytes, which end in %q", len(got), got[4090:])
	}
}
