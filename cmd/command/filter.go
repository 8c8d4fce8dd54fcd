package command

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mydocker/mydocker/cmd/exit"
)

// Filters are what --filter says, by the key, as KEY=VALUE or KEY!=VALUE.
type Filters map[string][]string

// ParseFilters reads --filter. Docker splits at the first "=", and takes "label!" for a key.
func ParseFilters(texts []string, known ...string) (Filters, error) {
	f := Filters{}
	for _, text := range texts {
		key, value, found := strings.Cut(text, "=")
		key = strings.ToLower(strings.TrimSpace(key))
		switch {
		case !found: // a value may be empty, as that of a variable
			return nil, exit.Usage(fmt.Sprintf("invalid value %q for --filter: it is KEY=VALUE", text))
		case !slices.Contains(known, key):
			return nil, exit.Usage(fmt.Sprintf("invalid value %q for --filter: there are %s", text, strings.Join(known, ", ")))
		}
		f[key] = append(f[key], strings.TrimSpace(value))
	}
	if err := f.check(); err != nil {
		return nil, err
	}
	return f, nil
}

// check refuses values that nothing could have.
func (f Filters) check() error {
	for _, text := range f["dangling"] {
		if _, err := strconv.ParseBool(text); err != nil {
			return BadFilter("dangling", text, "neither true nor false")
		}
	}
	for _, text := range f["until"] {
		if _, err := MomentOf(text, time.Now()); err != nil {
			return BadFilter("until", text, err.Error())
		}
	}
	return nil
}

// BadFilter refuses a value of a filter.
func BadFilter(key, value, why string) error {
	return exit.Usage(fmt.Sprintf("invalid value %q for the filter %s: %s", value, key, why))
}

// Until is the earliest of a time, which may be none, and of those that the filter until names.
func (f Filters) Until(before *time.Time, now time.Time) (*time.Time, error) {
	for _, text := range f["until"] {
		moment, err := MomentOf(text, now)
		if err != nil {
			return nil, BadFilter("until", text, err.Error())
		}
		before = Earlier(before, moment)
	}
	return before, nil
}

// Labels reports whether something has all labels that are asked for, and none that is not
// wanted.
func (f Filters) Labels(has map[string]string) bool {
	for _, label := range f["label"] {
		if !hasLabel(has, label) {
			return false
		}
	}
	return !slices.ContainsFunc(f["label!"], func(label string) bool { return hasLabel(has, label) })
}

func hasLabel(has map[string]string, label string) bool {
	key, want, isValue := strings.Cut(label, "=")
	value, found := has[key]
	return found && (!isValue || value == want)
}

// Earlier is the earlier one of two times, of which the first may be none.
func Earlier(known *time.Time, other time.Time) *time.Time {
	if known == nil || other.Before(*known) {
		return &other
	}
	return known
}

// MomentOf reads a time as Docker does: how long ago (10m, 1h30m), seconds since 1970, or a
// date with or without a time of day.
func MomentOf(text string, now time.Time) (time.Time, error) {
	if ago, err := time.ParseDuration(text); err == nil && text != "0" { // that is 1970
		return now.Add(-ago), nil
	}
	if seconds, fraction, ok := parseSeconds(text); ok {
		return time.Unix(seconds, fraction), nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04", "2006-01-02T15", "2006-01-02Z07:00", "2006-01-02"} {
		if moment, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return moment, nil
		}
	}
	return time.Time{}, errors.New("neither a duration such as 24h nor a time such as 2006-01-02T15:04:05")
}

// parseSeconds reads a number of seconds and its fraction, of which nine digits count: a floating-point
// number would have lost the last ones.
func parseSeconds(text string) (seconds, nanoseconds int64, ok bool) {
	const digits = 9
	whole, fraction, _ := strings.Cut(text, ".")
	number, err := strconv.ParseUint(whole, 10, 36) // the year 4147
	if err != nil {
		return 0, 0, false
	}
	fraction = (fraction + strings.Repeat("0", digits))[:max(digits, len(fraction))]
	if strings.Trim(fraction, "0123456789") != "" {
		return 0, 0, false
	}
	rest, err := strconv.ParseUint(fraction[:digits], 10, 32)
	return int64(number), int64(rest), err == nil
}
