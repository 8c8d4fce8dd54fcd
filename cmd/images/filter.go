package images

import (
	"path"
	"slices"
	"strconv"
	"time"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/cmd/images/table"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/store"
)

// filters are what --filter says of images.
type filters struct{ command.Filters }

func parseFilters(texts []string, known ...string) (filters, error) {
	f, err := command.ParseFilters(texts, known...)
	if err != nil {
		return filters{}, err
	}
	for _, pattern := range f["reference"] {
		if _, err := path.Match(pattern, ""); err != nil {
			return filters{}, command.BadFilter("reference", pattern, err.Error())
		}
	}
	return filters{f}, nil
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
		if !f.dangling(named) || !f.Labels(named.Run.Labels) || before != nil && !created.Before(*before) || after != nil && !created.After(*after) {
			continue
		}
		if patterns := f.Filters["reference"]; len(patterns) > 0 {
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
	for _, name := range f.Filters["before"] {
		created, err := createdOf(state, name)
		if err != nil {
			return nil, nil, err
		}
		before = command.Earlier(before, created)
	}
	before, err = f.Until(before, time.Now())
	if err != nil {
		return nil, nil, err
	}
	for _, name := range f.Filters["since"] {
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

// isFalse reports whether the value of a filter, which was checked before, is false.
func isFalse(text string) bool {
	is, err := strconv.ParseBool(text)
	return err == nil && !is
}

func (f filters) dangling(named *store.Named) bool {
	for _, text := range f.Filters["dangling"] {
		if isFalse(text) == (len(named.Names) == 0) {
			return false
		}
	}
	return true
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
