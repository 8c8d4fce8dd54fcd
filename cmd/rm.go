package cmd

import (
	"context"
	"errors"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/detached"
	"github.com/mydocker/mydocker/container/state"
)

const rmName = "rm"

func rmCommand() *cli.Command {
	return &cli.Command{
		Name: rmName, Usage: "remove containers", Category: containersCategory,
		UsageText:   "mydocker rm [options] CONTAINER...",
		Description: "What a container has written goes, but for what is in its volumes. One that runs is not removed without --force.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "force", Aliases: []string{"f"}, Usage: "kill those that run; succeed also where there is no such container"},
			&cli.BoolFlag{Name: "volumes", Aliases: []string{"v"}, Usage: "remove the volumes without a name, too, unless another container has them"},
		},
		Action: rmAction,
	}
}

func rmAction(_ context.Context, c *cli.Command) error {
	dir, err := stateOfNamed(c)
	if err != nil {
		return err
	}
	o := &detached.RemoveOptions{Force: c.Bool("force"), Volumes: c.Bool("volumes")}
	failed := eachOf(c, func(name string) (string, error) {
		err := detached.Remove(dir, name, o)
		if missing := (*state.NotFoundError)(nil); o.Force && errors.As(err, &missing) {
			return "", nil
		}
		return name, err
	})
	return exit.Failed(append(failed, state.ClearLeftovers(dir, container.RemoveTree))...)
}
