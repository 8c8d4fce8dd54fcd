package cmd

import (
	"context"
	"errors"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/detached"
	"github.com/mydocker/mydocker/container/session"
	"github.com/mydocker/mydocker/container/state"
)

const startName = "start"

func startCommand() *cli.Command {
	return &cli.Command{
		Name: startName, Usage: "start containers that do not run", Category: containersCategory,
		UsageText: "mydocker start [options] CONTAINER...", UseShortOptionHandling: true,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "attach", Aliases: []string{"a"}, Usage: "attach to the output of the one container, and pass signals on to it"},
			&cli.BoolFlag{Name: "interactive", Aliases: []string{"i"}, Usage: "attach to its stdin, if it was made with -i, and to its output"},
			detachKeysFlag(), explainFlag(),
		},
		Action: func(_ context.Context, c *cli.Command) error {
			if err := explainStart(c); err != nil {
				return exit.Failed(err)
			}
			if c.Bool("attach") || c.Bool("interactive") {
				return startAttached(c)
			}
			return forEach(c, func(state, name string) (string, error) {
				_, err := detached.Start(state, name, nil)
				return name, err
			})
		},
	}
}

// startAttached starts one container, and is attached before its command begins.
func startAttached(c *cli.Command) error {
	if c.NArg() == 0 {
		return exit.Usage("start: no container given")
	}
	if c.NArg() > 1 {
		return exit.Failed(exit.Usage("you cannot start and attach multiple containers at once"))
	}
	keys, err := parseDetachKeys(c.String(detachKeysName))
	if err != nil {
		return exit.Failed(err)
	}
	dir, err := stateDirectory(c)
	if err != nil {
		return err
	}
	found, err := state.Find(dir, c.Args().First())
	if err != nil {
		return exit.Failed(err)
	}
	if found.Now() == state.StatusPaused {
		return exit.Failed(errors.New("cannot start a paused container, try unpause instead"))
	}
	o := &connectOptions{keys: keys, proxy: true, redraw: found.Running}
	o.streams = session.Attach{Stdin: c.Bool("interactive") && found.OpenStdin, Stdout: true, Stderr: true, Whole: !found.Running}
	if err := o.prepare(&found.Record); err != nil {
		return exit.Failed(err)
	}
	conn, err := detached.Start(dir, found.ID, &o.streams)
	if err != nil {
		return exit.Failed(err)
	}
	return o.connect(c, dir, found.ID, conn)
}
