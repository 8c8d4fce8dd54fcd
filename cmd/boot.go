package cmd

import (
	"context"
	"fmt"
	"slices"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/detached"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/container/supervisor"
	"github.com/mydocker/mydocker/utils"
)

const bootName = "boot"

// bootCommand is what the host's service manager calls once, and each user's. It is in the front
// program, of which the supervisors are.
func bootCommand() *cli.Command {
	return &cli.Command{
		Name: bootName, Usage: "start the containers whose restart policy asks for that after a boot", Category: containersCategory,
		UsageText: "mydocker boot",
		Description: "Those with --restart always are started, and those with unless-stopped that no command has stopped, " +
			"where they do not run. The names are printed. What fails for one does not keep the others.",
		Action: bootAction,
	}
}

func bootAction(_ context.Context, c *cli.Command) error {
	if c.NArg() > 0 {
		return tooMany(c, c.Args().First())
	}
	dir, err := stateDirectory(c)
	if err != nil {
		return err
	}
	all, err := state.List(dir)
	failed := []error{err}
	for _, l := range slices.Backward(all) { // the oldest first
		if l.Running || !supervisor.AtBoot(&l.Record) {
			continue
		}
		name := utils.OneLine(l.Name)
		if name == "" {
			name = l.ID
		}
		if _, err := detached.Start(dir, l.ID, nil); err != nil {
			failed = append(failed, fmt.Errorf("container %s: %w", name, err))
		} else if _, err := fmt.Fprintln(c.Root().Writer, name); err != nil {
			failed = append(failed, err)
		}
	}
	return exit.Failed(failed...)
}
