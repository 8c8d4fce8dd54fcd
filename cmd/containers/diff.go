package containers

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/image/kept"
)

func diffCommand() *cli.Command {
	return &cli.Command{
		Name: "diff", Usage: "list what a container has changed of its image",
		UsageText:   "mydocker container diff CONTAINER",
		Description: "One line a path, as docker diff: A is added, C changed, D deleted, with all that was in it.",
		Metadata:    command.Takes(1, containerWords),
		Action: func(_ context.Context, c *cli.Command) error {
			switch {
			case c.NArg() == 0:
				return command.NoContainer(c)
			case c.NArg() > 1:
				return command.TooMany(c, 1)
			}
			return Diff(c, c.Args().First())
		},
	}
}

// Diff lists what a container has changed.
func Diff(c *cli.Command, name string) error {
	dir, err := command.StateDirectory(c)
	if err != nil {
		return err
	}
	return withContainer(dir, name, func(container *kept.Container) error {
		list, err := container.Changes()
		for _, change := range list {
			if _, err := fmt.Fprintln(command.Output(c), change); err != nil {
				return err
			}
		}
		return exit.Failed(err)
	})
}
