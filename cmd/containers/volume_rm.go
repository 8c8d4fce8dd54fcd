package containers

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/volume"
	"github.com/mydocker/mydocker/utils"
)

func volumeRemoveCommand() *cli.Command {
	return &cli.Command{
		Name: "rm", Aliases: []string{"remove"}, Usage: "remove volumes, with all that is in them",
		UsageText:   "mydocker volume rm [options] VOLUME...",
		Description: "One that a container has is not removed, also if the container has ended: mydocker rm removes that.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "force", Aliases: []string{"f"}, Usage: "succeed also where there is no such volume"},
		},
		Metadata: command.Takes(-1, volumeWords),
		Action:   volumeRemoveAction,
	}
}

func volumeRemoveAction(_ context.Context, c *cli.Command) error {
	if c.NArg() == 0 {
		return noVolume(c)
	}
	dir, err := command.StateDirectory(c)
	if err != nil {
		return err
	}
	var failed []error
	for _, name := range c.Args().Slice() {
		err := container.RemoveVolume(dir, name, container.RemoveTree)
		missing := (*volume.NotFoundError)(nil)
		if errors.As(err, &missing) && c.Bool("force") {
			err = nil
		}
		if err == nil {
			_, err = fmt.Fprintln(command.Output(c), utils.OneLine(name))
		}
		failed = append(failed, err)
	}
	return exit.Failed(append(failed, volume.ClearLeftovers(dir, container.RemoveTree))...)
}
