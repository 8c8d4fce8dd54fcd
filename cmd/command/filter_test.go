package command

import (
	"math"
	"strconv"
	"testing"
	"time"
)

func TestMomentOf(t *testing.T) {
	now := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	for text, want := range map[string]string{
		"1h30m":                     "2026-05-04T01:32:01Z",
		"0":                         "1970-01-01T00:00:00Z",
		"1700000000":                "2023-11-14T22:13:20Z",
		"1700000000.5":              "2023-11-14T22:13:20.5Z",
		"1700000000.123456789":      "2023-11-14T22:13:20.123456789Z",
		"1700000000.1234567891":     "2023-11-14T22:13:20.123456789Z",
		"2024-02-03T04:05:06+02:00": "2024-02-03T02:05:06Z",
		"2024-02-03Z":               "2024-02-03T00:00:00Z",
	} {
		got, err := MomentOf(text, now)
		if err != nil || got.UTC().Format(time.RFC3339Nano) != want {
			t.Errorf("%s: %v, %v, want %s", text, got.UTC(), err, want)
		}
	}
	for text, layout := range map[string]string{"2024-02-03": "2006-01-02", "2024-02-03T04": "2006-01-02T15", "2024-02-03T04:05:06.7": "2006-01-02T15:04:05.9"} {
		want, err := time.ParseInLocation(layout, text, time.Local)
		if got, gotErr := MomentOf(text, now); err != nil || gotErr != nil || !got.Equal(want) {
			t.Errorf("%s: %v (%v), want %v (%v)", text, got, gotErr, want, err)
		}
	}
}

func TestNoMoment(t *testing.T) {
	for _, text := range []string{"", "x", "1x", "1.2.3", "1.x", ".", "-1", "1e9", "99999999999999", "2024-13-01", "yesterday"} {
		if got, err := MomentOf(text, time.Now()); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// Seconds are what a floating-point number says, as exactly as that can be.
func FuzzMomentOf(f *testing.F) {
	for _, text := range []string{"1h30m", "0", "1700000000.123456789", "2024-02-03T04:05:06+02:00", "-1h", "1.", ".5", "1e9"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		seconds, nanoseconds, ok := parseSeconds(text)
		number, err := strconv.ParseFloat(text, 64)
		if ok && (err != nil || math.Abs(number-float64(seconds)-float64(nanoseconds)/1e9) > 1e-3) {
			t.Errorf("%q: %d.%09d, not %v (%v)", text, seconds, nanoseconds, number, err)
		}
		if got, err := MomentOf(text, time.Now()); err != nil && !got.IsZero() {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	})
}
