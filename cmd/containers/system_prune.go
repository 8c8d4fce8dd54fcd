package containers

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/images"
	"github.com/mydocker/mydocker/container/detached"
	"github.com/mydocker/mydocker/container/image/store"
	"github.com/mydocker/mydocker/container/state"
)

func systemPruneCommand() *cli.Command {
	return &cli.Command{
		Name: "prune", Usage: "remove the containers that have ended, and the images that nobody needs",
		UsageText: "mydocker system prune [options]",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "all", Aliases: []string{"a"}, Usage: "all images that no container needs, also those with a name, and pulls that could go on"},
			&cli.BoolFlag{Name: "force", Aliases: []string{"f"}, Usage: "do not ask"},
		},
		Metadata: command.Takes(0, nil),
		Action:   systemPruneAction,
	}
}

func systemPruneAction(ctx context.Context, c *cli.Command) error {
	if c.NArg() > 0 {
		return command.TooMany(c, 0)
	}
	which := "all dangling images"
	if c.Bool("all") {
		which = "all images without at least one container associated to them"
	}
	if err := command.Confirm(c, "WARNING! This will remove:\n  - all stopped containers\n  - "+which+"\n"); err != nil {
		return err
	}
	return images.WithStore(c, func(s *store.Store, dir string) error {
		p := &images.Pruner{All: c.Bool("all"), Output: command.Output(c)}
		err := pruneContainers(p, dir)
		if err == nil {
			err = p.Prune(ctx, s, dir)
		}
		return errors.Join(err, p.Total())
	})
}

// pruneContainers removes the containers that have ended. One that another command uses at
// the moment stays.
func pruneContainers(p *images.Pruner, dir string) error {
	containers, err := keptIn(dir)
	if err != nil {
		return err
	}
	text := "Deleted Containers:\n"
	for i := range containers {
		if containers[i].Running {
			continue
		}
		err := removeContainer(dir, containers[i].ID, false, false)
		var used *detached.RunningError
		var gone *state.NotFoundError
		switch {
		case errors.As(err, &used), errors.As(err, &gone):
			continue
		case err != nil:
			return err
		}
		p.Bytes += containers[i].size
		if _, err := fmt.Fprintln(p.Output, text+containers[i].ID); err != nil {
			return err
		}
		text = ""
	}
	if text == "" {
		_, err = io.WriteString(p.Output, "\n")
	}
	return err
}
