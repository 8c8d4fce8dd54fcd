package cmd

import (
	"context"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/container/child"
	"github.com/mydocker/mydocker/container/stdio"
)

const initName = "init"

// initCommand is what "run" executes inside the new namespaces. Main takes the
// real one before the command line is built; this one answers a user.
func initCommand() *cli.Command {
	return &cli.Command{
		Name:   initName,
		Usage:  "set up the inside of a container (internal)",
		Hidden: true,
		Action: func(context.Context, *cli.Command) error { return child.ErrNotStarted },
	}
}

// restoreCommand gives the terminal its mode back after a mydocker that was killed.
func restoreCommand() *cli.Command {
	return &cli.Command{
		Name:   stdio.RestoreName,
		Usage:  "watch over a terminal (internal)",
		Hidden: true,
		Action: func(context.Context, *cli.Command) error { return stdio.Guard() },
	}
}
