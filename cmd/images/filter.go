package images

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/cmd/images/table"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/store"
)

// filters are what --filter says, by the key, as KEY=VALUE or KEY!=VALUE.
type filters map[string][]string

// parseFilters reads --filter. Docker splits at the first "=", and takes "label!" for a key.
func parseFilters(texts []string, known ...string) (filters, error) {
	f := filters{}
	for _, text := range texts {
		key, value, found := strings.Cut(text, "=")
		key = strings.ToLower(strings.TrimSpace(key))
		switch {
		case !found || value == "":
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

// check refuses values that no image could have.
func (f filters) check() error {
	for _, text := range f["dangling"] {
		if _, err := strconv.ParseBool(text); err != nil {
			return exit.Usage(fmt.Sprintf("invalid value %q for the filter dangling: %s", text, "neither true nor false"))
		}
	}
	for _, pattern := range f["reference"] {
		if _, err := path.Match(pattern, ""); err != nil {
			return exit.Usage(fmt.Sprintf("invalid value %q for the filter reference: %v", pattern, err))
		}
	}
	for _, text := range f["until"] {
		if _, err := momentOf(text, time.Now()); err != nil {
			return err
		}
	}
	return nil
}

// choose are the images for which all of it holds, the newest first. Of those that a name was
// asked for, it has the names that match alone.
func (f filters) choose(state string, all []store.Named) ([]*store.Named, error) {
	before, after, err := f.span(state)
	if err != nil {
		return nil, err
	}
	var chosen []*store.Named
	for i := range all {
		named := &all[i]
		created := table.Time(named.Created)
		if !f.dangling(named) || !f.labels(named.Run.Labels) || before != nil && !created.Before(*before) || after != nil && !created.After(*after) {
			continue
		}
		if patterns := f["reference"]; len(patterns) > 0 {
			if named = matching(named, patterns); named == nil {
				continue
			}
		}
		chosen = append(chosen, named)
	}
	slices.SortStableFunc(chosen, func(a, b *store.Named) int { return table.Time(b.Created).Compare(table.Time(a.Created)) })
	return chosen, nil
}

// span is the time in which an image has to be made; nil has no end.
func (f filters) span(state string) (before, after *time.Time, err error) {
	for _, name := range f["before"] {
		created, err := createdOf(state, name)
		if err != nil {
			return nil, nil, err
		}
		before = earlier(before, created)
	}
	for _, text := range f["until"] {
		moment, err := momentOf(text, time.Now())
		if err != nil {
			return nil, nil, err
		}
		before = earlier(before, moment)
	}
	for _, name := range f["since"] {
		created, err := createdOf(state, name)
		if err != nil {
			return nil, nil, err
		}
		if after == nil || created.After(*after) {
			after = &created
		}
	}
	return before, after, nil
}

// createdOf is when an image was made.
func createdOf(state, name string) (time.Time, error) {
	found, err := image.Open(state, name)
	if err != nil {
		return time.Time{}, exit.Failed(err)
	}
	return table.Time(found.Created), found.Close()
}

func earlier(known *time.Time, other time.Time) *time.Time {
	if known == nil || other.Before(*known) {
		return &other
	}
	return known
}

// isFalse reports whether the value of a filter, which was checked before, is false.
func isFalse(text string) bool {
	is, err := strconv.ParseBool(text)
	return err == nil && !is
}

func (f filters) dangling(named *store.Named) bool {
	for _, text := range f["dangling"] {
		if isFalse(text) == (len(named.Names) == 0) {
			return false
		}
	}
	return true
}

// labels reports whether an image has all labels that are asked for, and none that is not
// wanted.
func (f filters) labels(has map[string]string) bool {
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

// matching is an image with those of its names that one of the patterns matches, or nil.
func matching(named *store.Named, patterns []string) *store.Named {
	names := slices.DeleteFunc(slices.Clone(named.Names), func(name image.Reference) bool {
		return !slices.ContainsFunc(patterns, func(pattern string) bool { return matches(name, pattern) })
	})
	if len(names) == 0 {
		return nil
	}
	return &store.Named{Record: named.Record, Names: names, Used: named.Used}
}

// matches reports whether a pattern matches a name as people write it, whole or with its
// repository alone. In a pattern "*" is not "/".
func matches(name image.Reference, pattern string) bool {
	for _, text := range []string{name.Familiar(), name.FamiliarName()} {
		if is, err := path.Match(pattern, text); err == nil && is {
			return true
		}
	}
	return false
}

// momentOf reads a time as Docker does: how long ago (10m, 1h30m), seconds since 1970, or a
// date with or without a time of day.
func momentOf(text string, now time.Time) (time.Time, error) {
	if ago, err := time.ParseDuration(text); err == nil {
		return now.Add(-ago), nil
	}
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds >= 0 && seconds < 1e11 {
		return time.Unix(0, int64(seconds*1e9)), nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04", "2006-01-02T15", "2006-01-02Z07:00", "2006-01-02"} {
		if moment, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return moment, nil
		}
	}
	return time.Time{}, exit.Usage(fmt.Sprintf("invalid value %q for the filter until: neither a duration such as 24h nor a time such as 2006-01-02T15:04:05", text))
}
