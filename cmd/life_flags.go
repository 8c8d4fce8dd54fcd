package cmd

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/state"
)

// lifeFlags are those of a container that stays: when it is started again, whether it is well,
// and what is said of it.
func lifeFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: restartFlag, Usage: "when it is started again: no, on-failure[:MAX], always or unless-stopped"},
		&cli.StringFlag{Name: healthCmdName, Usage: "the shell `COMMAND` that tells, by status 0, that the container is well"},
		&cli.StringFlag{Name: "health-interval", Usage: "time between two checks, 30s by default"},
		&cli.StringFlag{Name: "health-timeout", Usage: "most time of a check, 30s by default"},
		&cli.StringFlag{Name: "health-retries", Usage: "how many checks in a row have to fail until it is unhealthy, 3 by default"},
		&cli.StringFlag{Name: "health-start-period", Usage: "time from its start in which failures do not count"},
		&cli.StringFlag{Name: "health-start-interval", Usage: "time between two checks in the start period, 5s by default"},
		&cli.BoolFlag{Name: noHealthName, Usage: "no check, also where the image has one"},
		&cli.StringSliceFlag{Name: labelName, Aliases: []string{"l"}, Usage: "a label of the container, NAME[=VALUE]"},
		&cli.StringSliceFlag{Name: "label-file", Usage: "labels from a file with a NAME=VALUE in each line; --label comes after it"},
	}
}

const (
	healthCmdName = "health-cmd"
	noHealthName  = "no-healthcheck"
	labelName     = "label"
)

// parseLife reads lifeFlags. says is what the image says: it gets the labels and the check of the
// flags, where an image that is made of the container has them too. The settings that are
// returned have the policy and the check alone.
func parseLife(c *cli.Command, says *image.RunConfig) (settings state.Settings, err error) {
	if settings.Restart, err = parseRestart(c.String(restartFlag)); err != nil {
		return settings, fmt.Errorf("invalid value %q for --restart: %w", c.String(restartFlag), err)
	}
	if name := settings.Restart.Name; name != "" && name != state.RestartNo && c.Bool("rm") {
		if !defaultsOf(c).has(restartFlag) {
			return settings, exit.Usage("conflicting options: cannot specify both --restart and --rm")
		}
		settings.Restart = state.RestartPolicy{}
	}
	if says.Healthcheck, err = parseHealth(c, says.Healthcheck); err != nil {
		return settings, err
	}
	settings.Health = inForce(says.Healthcheck)
	says.Labels, err = parseLabels(c, says.Labels)
	return settings, err
}

// parseRestart reads a restart policy as Docker does; "" is none.
func parseRestart(s string) (policy state.RestartPolicy, err error) {
	name, text, hasMax := strings.Cut(s, ":")
	if text != "" {
		if policy.Max, err = strconv.Atoi(text); err != nil {
			return policy, errors.New("maximum retry count must be an integer")
		}
	}
	switch policy.Name = name; name {
	case "":
		if hasMax {
			return policy, errors.New("no policy provided before colon")
		}
	case state.RestartOnFailure:
		if policy.Max < 0 {
			return policy, errors.New("maximum retry count cannot be negative")
		}
	case state.RestartNo, state.RestartAlways, state.RestartUnlessStopped:
		if policy.Max != 0 {
			return policy, fmt.Errorf("maximum retry count cannot be used with restart policy '%s'", name)
		}
	default:
		return policy, errors.New("none of no, on-failure[:MAX], always and unless-stopped")
	}
	return policy, nil
}

// parseHealth is the check: what the flags do not say comes from the image, of which it
// changes nothing. nil is that neither says anything.
func parseHealth(c *cli.Command, ofImage *image.Healthcheck) (*image.Healthcheck, error) {
	check, err := healthFlags(c)
	if err != nil {
		return nil, err
	}
	if c.Bool(noHealthName) {
		if check != nil {
			return nil, exit.Usage("--no-healthcheck conflicts with --health-* options")
		}
		return &image.Healthcheck{Test: []string{image.HealthNone}}, nil
	}
	if check == nil || ofImage == nil {
		return cmp.Or(check, ofImage), nil
	}
	if len(check.Test) == 0 {
		check.Test = ofImage.Test
	}
	for _, field := range []struct{ own, image *int64 }{
		{&check.Interval, &ofImage.Interval}, {&check.Timeout, &ofImage.Timeout},
		{&check.StartPeriod, &ofImage.StartPeriod}, {&check.StartInterval, &ofImage.StartInterval},
	} {
		if *field.own == 0 {
			*field.own = *field.image
		}
	}
	if check.Retries == 0 {
		check.Retries = ofImage.Retries
	}
	return check, nil
}

// healthFlags is what the flags alone say of a check, nil for nothing.
func healthFlags(c *cli.Command) (*image.Healthcheck, error) {
	check := image.Healthcheck{}
	set := c.String(healthCmdName) != ""
	if set {
		check.Test = []string{image.HealthShell, c.String(healthCmdName)}
	}
	for name, field := range map[string]*int64{
		"health-interval": &check.Interval, "health-timeout": &check.Timeout,
		"health-start-period": &check.StartPeriod, "health-start-interval": &check.StartInterval,
	} {
		d, err := parseDurationFlag(c, name)
		if err == nil && d > 0 && d < time.Millisecond {
			err = fmt.Errorf("invalid value %q for --%s: less than 1ms", c.String(name), name)
		}
		if err != nil {
			return nil, err
		}
		*field, set = int64(d), set || d != 0
	}
	if text := c.String("health-retries"); text != "" {
		retries, err := strconv.Atoi(text)
		if err != nil || retries < 0 {
			return nil, fmt.Errorf("invalid value %q for --health-retries: not a whole number of 0 or more", text)
		}
		check.Retries, set = retries, set || retries != 0
	}
	if !set {
		return nil, nil
	}
	return &check, nil
}

// inForce is a check that there is something to do for, or nil.
func inForce(check *image.Healthcheck) *image.Healthcheck {
	if check == nil || len(check.Test) == 0 || check.Test[0] == image.HealthNone {
		return nil
	}
	return check
}

// parseLabels are the image's labels, with those of the files and then of the flags instead.
func parseLabels(c *cli.Command, ofImage map[string]string) (map[string]string, error) {
	labels := maps.Clone(ofImage)
	set := func(label string) {
		if labels == nil {
			labels = map[string]string{}
		}
		name, value, _ := strings.Cut(label, "=")
		labels[name] = value
	}
	for _, file := range listOf(c, "label-file") {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read the --label-file: %w", err)
		}
		none := func(string) (string, bool) { return "", false } // as in Docker, a name alone is passed over
		lines, err := parseEnvFile(content, none)
		if err != nil {
			return nil, fmt.Errorf("--label-file %s: %w", file, err)
		}
		for _, line := range lines {
			set(line)
		}
	}
	for _, label := range listOf(c, labelName) {
		label = strings.TrimLeft(label, " \t")
		name, _, _ := strings.Cut(label, "=")
		if err := checkName(name); err != nil {
			return nil, fmt.Errorf("invalid value %q for --label: %w", label, err)
		}
		set(label)
	}
	return labels, nil
}
