package cmd

import (
	"fmt"
	"slices"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/container/spec"
)

func notifyFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "sdnotify", Usage: "who tells a service manager ($NOTIFY_SOCKET) that it is ready: container, the command itself; conmon, mydocker, when the command runs; healthy; ignore"},
	}
}

// parseNotify reads --sdnotify, whose values are podman's.
func parseNotify(c *cli.Command) (string, error) {
	by := c.String("sdnotify")
	known := []string{"", spec.NotifyContainer, spec.NotifyConmon, spec.NotifyHealthy, spec.NotifyIgnore}
	switch {
	case !slices.Contains(known, by):
		return "", fmt.Errorf("invalid value %q for --sdnotify: none of container, conmon, healthy and ignore", by)
	case by == spec.NotifyHealthy && !c.Bool("detach") && c.Name != createName:
		return "", fmt.Errorf("invalid value %q for --sdnotify: a container in the foreground has no health check; it is for run -d and create", by)
	}
	return by, nil
}
