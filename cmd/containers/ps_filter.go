package containers

import (
	"errors"
	"io/fs"
	"regexp"
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
type containerFilters struct {
	command.Filters
	names []*regexp.Regexp
}

// healthNone is the health of a container without a check.
const healthNone = "none"

// containerFilterKeys are the filters of ps, in Docker's words.
func containerFilterKeys() []string {
	return []string{
		"ancestor", "before", "exited", "expose", "health", "id", "is-task", "label", "name", "network", "publish", "since", "status", "volume",
	}
}

func parseContainerFilters(texts []string) (f *containerFilters, err error) {
	f = &containerFilters{}
	if f.Filters, err = command.ParseFilters(texts, containerFilterKeys()...); err != nil {
		return nil, err
	}
	for key, check := range map[string]func(value string) error{
		"status":  oneOf("created", "restarting", "running", "removing", "paused", "exited", "dead"),
		"health":  oneOf(state.HealthStarting, state.Healthy, state.Unhealthy, healthNone),
		"is-task": isBool,
		"exited":  isExitCode,
		"publish": isPorts,
		"expose":  isPorts,
	} {
		for _, value := range f.Filters[key] {
			if err := check(value); err != nil {
				return nil, command.BadFilter(key, value, err.Error())
			}
		}
	}
	f.names, err = patternsOf(f.Filters, "name")
	return f, err
}

// patternsOf are the values of a filter that are regular expressions, as in Docker.
func patternsOf(f command.Filters, key string) (patterns []*regexp.Regexp, err error) {
	for _, value := range f[key] {
		pattern, err := regexp.Compile(value)
		if err != nil {
			return nil, command.BadFilter(key, value, err.Error())
		}
		patterns = append(patterns, pattern)
	}
	return patterns, nil
}

func oneOf(known ...string) func(string) error {
	return func(value string) error {
		if slices.Contains(known, value) {
			return nil
		}
		return errors.New("there are " + strings.Join(known, ", "))
	}
}

func isBool(value string) error {
	if _, err := strconv.ParseBool(value); err != nil {
		return errors.New("neither true nor false")
	}
	return nil
}

func isExitCode(value string) error {
	if _, err := strconv.ParseUint(value, 10, 8); err != nil {
		return errors.New("not the exit code of a program")
	}
	return nil
}

// isPorts checks a port, or a range of ports, with or without a protocol: 80, 80/udp, 80-90/tcp.
func isPorts(value string) error {
	numbers, protocol, has := strings.Cut(value, "/")
	first, last, isRange := strings.Cut(numbers, "-")
	low, err := strconv.ParseUint(first, 10, 16)
	high := low
	if isRange && err == nil {
		high, err = strconv.ParseUint(last, 10, 16)
	}
	if err != nil || high < low || has && !slices.Contains([]string{"tcp", "udp", "sctp"}, protocol) {
		return errors.New("not a port such as 80, 80/udp or 80-90/tcp")
	}
	return nil
}

// ofEnded reports whether it is asked for containers that have ended.
func (f *containerFilters) ofEnded() bool {
	return len(f.Filters["status"])+len(f.Filters["exited"]) > 0
}

// choose are the containers for which all of it holds.
func (f *containerFilters) choose(dir string, all []state.Listed) (chosen []*state.Listed, err error) {
	before, after, err := f.times(dir)
	if err != nil {
		return nil, err
	}
	manifests, err := f.ancestors(dir)
	if err != nil {
		return nil, err
	}
	for i := range all {
		l := &all[i]
		isIn := (before == nil || l.Created.Before(*before)) && (after == nil || l.Created.After(*after))
		isOf := len(f.Filters["ancestor"]) == 0 || slices.Contains(manifests, l.Manifest)
		if isIn && isOf && f.isNamed(l) && f.holds(dir, l) && f.Labels(l.Config.Labels) {
			chosen = append(chosen, l)
		}
	}
	return chosen, nil
}

// isNamed reports whether the beginning of the id and the name are among those that are asked for. In
// Docker a name begins with "/", and patterns may have that or not.
func (f *containerFilters) isNamed(l *state.Listed) bool {
	ids := f.Filters["id"]
	isID := func(id string) bool { return id != "" && strings.HasPrefix(l.ID, id) }
	isName := func(p *regexp.Regexp) bool { return p.MatchString(l.Name) || p.MatchString("/"+l.Name) }
	return (len(ids) == 0 || slices.ContainsFunc(ids, isID)) && (len(f.names) == 0 || slices.ContainsFunc(f.names, isName))
}

// holds reports whether one of the values of each filter is the container's. Of what no container
// has, such as a published port, nothing is.
func (f *containerFilters) holds(dir string, l *state.Listed) bool {
	for key, is := range map[string]func(value string) bool{
		"status":  func(value string) bool { return string(l.Now()) == value },
		"health":  func(value string) bool { return l.HealthStatus == value || l.HealthStatus == "" && value == healthNone },
		"exited":  func(value string) bool { return !isUp(l.Now()) && l.Exited != nil && strconv.Itoa(l.ExitCode) == value },
		"volume":  func(value string) bool { return hasVolume(mountsOf(dir, l, specOf(l)), value) },
		"network": func(value string) bool { return networkOf(specOf(l)) == value },
		"expose":  func(value string) bool { return exposes(l, value) },
		"publish": func(string) bool { return false },
		"is-task": func(value string) bool { is, err := strconv.ParseBool(value); return err == nil && !is },
	} {
		if values := f.Filters[key]; len(values) > 0 && !slices.ContainsFunc(values, is) {
			return false
		}
	}
	return true
}

// exposes reports whether an image says that it listens at one of these ports.
func exposes(l *state.Listed, value string) bool {
	numbers, protocol, has := strings.Cut(value, "/")
	if !has {
		protocol = "tcp"
	}
	first, last, isRange := strings.Cut(numbers, "-")
	if !isRange {
		last = first
	}
	low, lowErr := strconv.Atoi(first)
	high, highErr := strconv.Atoi(last)
	if lowErr != nil || highErr != nil {
		return false
	}
	for exposed := range l.Config.ExposedPorts {
		port, of, has := strings.Cut(exposed, "/")
		if number, err := strconv.Atoi(port); err == nil && number >= low && number <= high && (of == protocol || !has && protocol == "tcp") {
			return true
		}
	}
	return false
}

// times are when the containers were made that before and since name.
func (f *containerFilters) times(dir string) (before, after *time.Time, err error) {
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
	l, err := state.Find(dir, name)
	if err != nil {
		return time.Time{}, exit.Failed(err)
	}
	return l.Created, nil
}

// ancestors are the images that are named, as they are now. One that is not there has no
// container, for it would be kept.
func (f *containerFilters) ancestors(dir string) (manifests []image.Digest, err error) {
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
