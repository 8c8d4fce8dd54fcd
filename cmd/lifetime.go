package cmd

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/utils"
)

// How a container is ended if nothing else was asked for. Docker waits ten
// seconds; here it is a script that waits.
const (
	defaultStopSignal  = syscall.SIGTERM
	defaultStopTimeout = time.Second
)

func lifetimeFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "timeout", Usage: "end the container after this time, such as 5s, 1m30s or 2.5 (seconds), with status 124"},
		&cli.StringFlag{Name: "cpu-time", Usage: "end it, with status 124, when its processes have used this much CPU time together"},
		&cli.StringFlag{Name: "stop-signal", Value: "SIGTERM", Usage: "what its processes get when the time is up"},
		&cli.StringFlag{Name: "stop-timeout", Value: defaultStopTimeout.String(), Usage: "time between that signal and SIGKILL; -1 for no SIGKILL"},
		&cli.BoolFlag{Name: "sig-proxy", Value: true, Usage: "pass signals on to the command; with =false one that ends a program ends the container"},
	}
}

// defaultLifetime is what parseLifetime makes of no flags.
func defaultLifetime() spec.Lifetime {
	return spec.Lifetime{StopSignal: defaultStopSignal, StopTimeout: defaultStopTimeout}
}

func parseLifetime(c *cli.Command) (l spec.Lifetime, err error) {
	if l.Timeout, err = parseDurationFlag(c, "timeout"); err != nil {
		return l, err
	}
	if l.CPUTime, err = parseDurationFlag(c, "cpu-time"); err != nil {
		return l, err
	}
	if value := c.String("stop-timeout"); isNegative(value) {
		l.StopTimeout = -1
	} else if l.StopTimeout, err = parseDurationFlag(c, "stop-timeout"); err != nil {
		return l, err
	}
	name := c.String("stop-signal")
	if l.StopSignal, err = utils.ParseSignal(name); err != nil {
		err = fmt.Errorf("invalid value %q for --stop-signal: %w", name, err)
	}
	return l, err
}

// isNegative reports whether s is a negative whole number, which to Docker is no limit.
func isNegative(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n < 0
}

// keepsSignals reports whether --sig-proxy is false.
func keepsSignals(c *cli.Command) bool { return !c.Bool("sig-proxy") }

// parseDurationFlag reads a flag whose absence, without a default, is no limit.
func parseDurationFlag(c *cli.Command, name string) (time.Duration, error) {
	value := c.String(name)
	if value == "" && !c.IsSet(name) {
		return 0, nil
	}
	d, err := parseDuration(value)
	if err != nil {
		err = fmt.Errorf("invalid value %q for --%s: %w", value, name, err)
	}
	return d, err
}

// parseDuration reads a time as Go writes it (1m30s, 500ms), or a number of
// seconds.
func parseDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil && strings.Trim(s, "0123456789.") == "" {
		d, err = parseSeconds(s)
	}
	if err != nil || d < 0 {
		return 0, errors.New("not a time such as 5s, 1m30s or 2.5 (seconds)")
	}
	if d == 0 && strings.ContainsAny(s, "123456789") {
		return 0, errors.New("less than a nanosecond; 0 is no limit")
	}
	return d, nil
}

func parseSeconds(s string) (time.Duration, error) {
	seconds, err := strconv.ParseFloat(s, 64)
	if err != nil || seconds >= math.MaxInt64/float64(time.Second) {
		return 0, errors.New("out of range")
	}
	return time.Duration(seconds * float64(time.Second)), nil
}
