//go:build front

package cmd

import (
	"os"
	"slices"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/full"
)

// otherCommands are those of the full program: the front has none of them.
func otherCommands() []*cli.Command { return nil }

// passOn has the full program do what the front does not. It returns nil for what the front
// does itself, which is to start containers.
func passOn(app *cli.Command, args []string) error {
	if isOfFront(args) {
		return nil
	}
	at := commandIndex(app, args)
	if at < len(args) && args[at] == "--" {
		at++
	}
	if at < len(args) && slices.ContainsFunc(app.Commands, func(c *cli.Command) bool { return c.Name == args[at] }) {
		return nil
	}
	return full.Execute(os.Args)
}

// showHelp has the full program show the help on run.
func showHelp(*cli.Command, bool) error { return full.Execute(os.Args) }
