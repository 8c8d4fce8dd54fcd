package images

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/image/kept"
	"github.com/mydocker/mydocker/container/state"
)

// DiffCommand is the command; words are the names of containers.
func DiffCommand(words func(c *cli.Command) []command.Word) *cli.Command {
	return &cli.Command{
		Name: "diff", Usage: "list what a container has changed of its image",
		UsageText:   "mydocker container diff CONTAINER",
		Description: "One line a path, as docker diff: A is added, C changed, D deleted, with all that was in it.",
		Metadata:    command.Takes(1, words),
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

// IsContainer reports whether there is a container of a name or id.
func IsContainer(c *cli.Command, name string) bool {
	dir, err := command.StateDirectory(c)
	if err != nil {
		return false
	}
	_, err = state.Find(dir, name)
	return !errors.As(err, new(*state.NotFoundError))
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
