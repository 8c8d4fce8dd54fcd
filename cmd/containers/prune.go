package containers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/images"
	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/detached"
	"github.com/mydocker/mydocker/container/state"
)

func containerPruneCommand() *cli.Command {
	return command.Prune(&cli.Command{
		Usage:       "remove all containers that do not run",
		UsageText:   "mydocker container prune [options]",
		Description: "Filters: until=TIME|DURATION, those that were made before that; label=KEY[=VALUE], label!=KEY[=VALUE].",
	}, []string{"until", "label", "label!"}, containerPruneAction)
}

func containerPruneAction(_ context.Context, c *cli.Command, wanted command.Filters) error {
	if err := command.Confirm(c, "WARNING! This will remove all stopped containers."); err != nil {
		return err
	}
	dir, err := command.StateDirectory(c)
	if err != nil {
		return err
	}
	p := &images.Pruner{Output: command.Output(c)}
	return errors.Join(pruneContainers(p, dir, wanted), state.ClearLeftovers(dir, container.RemoveTree), p.Total())
}

// pruneContainers removes the containers that do not run and for which the filters hold. One that
// another command uses at the moment stays.
func pruneContainers(p *images.Pruner, dir string, wanted command.Filters) error {
	containers, err := keptIn(dir)
	if err != nil {
		return err
	}
	before, err := wanted.Until(nil, time.Now())
	if err != nil {
		return err
	}
	text := "Deleted Containers:\n"
	for i := range containers {
		found := &containers[i]
		if found.Running || before != nil && !found.Created.Before(*before) || !wanted.Labels(found.Config.Labels) {
			continue
		}
		err := detached.Remove(dir, found.ID, &detached.RemoveOptions{})
		if errors.As(err, new(*detached.RunningError)) || errors.As(err, new(*state.InUseError)) || errors.As(err, new(*state.NotFoundError)) {
			continue
		}
		if err != nil {
			return err
		}
		p.Bytes += found.size
		if _, err := fmt.Fprintln(p.Output, text+found.ID); err != nil {
			return err
		}
		text = ""
	}
	if text == "" {
		_, err = io.WriteString(p.Output, "\n")
	}
	return err
}
