package containers

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/state"
)

// containerFilters are what --filter says of containers.
type containerFilters struct{ command.Filters }

func parseContainerFilters(texts []string) (containerFilters, error) {
	f, err := command.ParseFilters(texts, "id", "name", "ancestor", "status", "exited", "label", "before", "since")
	if err != nil {
		return containerFilters{}, err
	}
	for _, status := range f["status"] {
		if status != stateRunning && status != stateExited {
			return containerFilters{}, exit.Usage(fmt.Sprintf("invalid value %q for the filter status: %s and %s are known", status, stateRunning, stateExited))
		}
	}
	for _, code := range f["exited"] {
		if _, err := strconv.ParseUint(code, 10, 8); err != nil {
			return containerFilters{}, exit.Usage(fmt.Sprintf("invalid value %q for the filter exited: not the exit code of a program", code))
		}
	}
	return containerFilters{f}, nil
}

// ofEnded reports whether it is asked for containers that have ended.
func (f containerFilters) ofEnded() bool {
	return len(f.Filters["status"])+len(f.Filters["exited"]) > 0
}

// choose are the containers for which all of it holds.
func (f containerFilters) choose(dir string, all []state.Listed) (chosen []*state.Listed, err error) {
	before, after, err := f.times(dir)
	if err != nil {
		return nil, err
	}
	manifests, err := f.ancestors(dir)
	if err != nil {
		return nil, err
	}
	for i := range all {
		listed := &all[i]
		isIn := (before == nil || listed.Created.Before(*before)) && (after == nil || listed.Created.After(*after))
		isOf := len(f.Filters["ancestor"]) == 0 || slices.Contains(manifests, listed.Manifest)
		if isIn && isOf && f.holds(listed) && f.Labels(listed.Config.Labels) {
			chosen = append(chosen, listed)
		}
	}
	return chosen, nil
}

// holds reports whether one of the values of each filter is the container's.
func (f containerFilters) holds(listed *state.Listed) bool {
	for key, is := range map[string]func(value string) bool{
		"id":     func(value string) bool { return strings.HasPrefix(listed.ID, value) },
		"name":   func(value string) bool { return strings.Contains(listed.Name, strings.TrimPrefix(value, "/")) },
		"status": func(value string) bool { return stateOf(listed) == value },
		"exited": func(value string) bool {
			return !listed.Running && listed.Exited != nil && strconv.Itoa(listed.ExitCode) == value
		},
	} {
		if values := f.Filters[key]; len(values) > 0 && !slices.ContainsFunc(values, is) {
			return false
		}
	}
	return true
}

// times are when the containers were made that before and since name.
func (f containerFilters) times(dir string) (before, after *time.Time, err error) {
	for _, name := range f.Filters["before"] {
		created, err := containerCreated(dir, name)
		if err != nil {
			return nil, nil, err
		}
		before = command.Earlier(before, created)
	}
	for _, name := range f.Filters["since"] {
		created, err := containerCreated(dir, name)
		if err != nil {
			return nil, nil, err
		}
		if after == nil || created.After(*after) {
			after = &created
		}
	}
	return before, after, nil
}

func containerCreated(dir, name string) (time.Time, error) {
	listed, err := state.Find(dir, name)
	if err != nil {
		return time.Time{}, exit.Failed(err)
	}
	return listed.Created, nil
}

// ancestors are the images that are named, as they are now. One that is not there has no
// container, for it would be kept.
func (f containerFilters) ancestors(dir string) (manifests []image.Digest, err error) {
	for _, name := range f.Filters["ancestor"] {
		opened, err := image.Open(dir, name)
		missing := (*image.NotFoundError)(nil)
		if errors.As(err, &missing) || errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, exit.Failed(err)
		}
		manifests = append(manifests, opened.Manifest.Digest)
		if err := opened.Close(); err != nil {
			return nil, err
		}
	}
	return manifests, nil
}

func sortedKeys(labels map[string]string) []string { return slices.Sorted(maps.Keys(labels)) }

// imageOf is the name by which a container's image was named, or the beginning of an id.
func imageOf(name string) string {
	if digest, err := image.ParseDigest(name); err == nil {
		return digest.Short()
	}
	return name
}
