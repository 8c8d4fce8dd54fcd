package containers

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/detached"
	"github.com/mydocker/mydocker/container/events"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/utils"
)

func rmCommand() *cli.Command {
	return &cli.Command{
		Name: "rm", Usage: "remove containers", Category: containersCategory,
		UsageText:   "mydocker rm [options] CONTAINER...",
		Description: "What a container has written goes, but for what is in its volumes. One that runs is not removed without --force.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "force", Aliases: []string{"f"}, Usage: "kill those that run; succeed also where there is no such container"},
			&cli.BoolFlag{Name: "volumes", Aliases: []string{"v"}, Usage: "remove the volumes without a name, too, unless another container has them"},
		},
		Metadata: command.Takes(-1, containerWords),
		Action:   rmAction,
	}
}

func rmAction(_ context.Context, c *cli.Command) error {
	if c.NArg() == 0 {
		return command.NoContainer(c)
	}
	dir, err := command.StateDirectory(c)
	if err != nil {
		return err
	}
	var failed []error
	for _, name := range c.Args().Slice() {
		err := removeContainer(dir, name, c.Bool("force"), c.Bool("volumes"))
		missing := (*state.NotFoundError)(nil)
		if errors.As(err, &missing) && c.Bool("force") {
			continue
		}
		if err == nil {
			_, err = fmt.Fprintln(command.Output(c), utils.OneLine(name))
		}
		failed = append(failed, err)
	}
	return exit.Failed(append(failed, state.ClearLeftovers(dir, command.RemoveTree))...)
}

// removeContainer removes a container by its name or id. With force it kills one that runs, with
// volumes it removes those of its volumes that nobody has named.
func removeContainer(dir, name string, force, volumes bool) error {
	return detached.Remove(dir, name, force, command.RemoveTree, func(r *state.Record) error {
		events.Write(dir, events.OfContainer(events.Destroy, r.ID, r.Name, r.Image, r.Config.Labels))
		if !volumes {
			return nil
		}
		return container.RemoveAnonymous(dir, r.Volumes, command.RemoveTree)
	})
}
