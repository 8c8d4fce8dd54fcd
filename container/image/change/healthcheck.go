package change

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/mydocker/mydocker/container/image"
)

// healthcheck reads NONE, or [--OPTION=VALUE]... CMD COMMAND.
func (c *changer) healthcheck(text string) error {
	check, options := &image.Healthcheck{}, strings.HasPrefix(text, "--")
	for strings.HasPrefix(text, "--") {
		option, rest := firstWord(text)
		if err := setOption(check, option); err != nil {
			return err
		}
		text = rest
	}
	kind, command := firstWord(text)
	switch strings.ToUpper(kind) {
	case "NONE":
		if command != "" || options {
			return errors.New("HEALTHCHECK NONE takes nothing more")
		}
		check.Test = []string{image.HealthNone}
	case "CMD":
		if command == "" {
			return errors.New("HEALTHCHECK CMD needs a command")
		}
		if words, isList := list(command); isList {
			check.Test = append([]string{image.HealthWords}, words...)
		} else {
			check.Test = []string{image.HealthShell, command}
		}
	default:
		return fmt.Errorf("HEALTHCHECK %q is not known: CMD and NONE are", kind)
	}
	c.config.Healthcheck = check
	return nil
}

func firstWord(text string) (first, rest string) {
	if end := strings.IndexAny(text, " \t"); end >= 0 {
		return text[:end], strings.TrimSpace(text[end:])
	}
	return text, ""
}

func setOption(check *image.Healthcheck, option string) error {
	name, value, _ := strings.Cut(option, "=")
	times := map[string]*int64{
		"--interval": &check.Interval, "--timeout": &check.Timeout,
		"--start-period": &check.StartPeriod, "--start-interval": &check.StartInterval,
	}
	switch field := times[name]; {
	case name == "--retries":
		retries, err := strconv.Atoi(value)
		if err != nil || retries < 0 {
			return fmt.Errorf("HEALTHCHECK %s: %q is no number of retries", name, value)
		}
		check.Retries = retries
	case field == nil:
		return fmt.Errorf("HEALTHCHECK %s is not known", name)
	default:
		duration, err := time.ParseDuration(value)
		if err != nil || duration < 0 || duration > 0 && duration < time.Millisecond {
			return fmt.Errorf("HEALTHCHECK %s: %q is no time of at least 1ms", name, value)
		}
		*field = int64(duration)
	}
	return nil
}
