//go:build !front

package cmd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/overlay/changes"
	"github.com/mydocker/mydocker/utils"
)

func undoCommand() *cli.Command {
	return &cli.Command{
		Name: "undo", Usage: "take back the last mydocker apply DIR",
		UsageText: "mydocker undo [options] DIR",
		Description: "Content, owners, modes, times and extended attributes are again what they were before the last apply that " +
			"was not taken back yet; once more takes back the one before. What the host has changed since is refused. " +
			"Exit status: 0 all is taken back, 1 something was refused, 125 nothing was done.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "force", Aliases: []string{"f"}, Usage: "also what the host has changed since; that is lost"},
			&cli.BoolFlag{Name: "forget", Usage: "take nothing back, and remove the old versions that were kept for it"},
		},
		Action: undoAction,
	}
}

func undoAction(_ context.Context, c *cli.Command) error {
	if c.Bool("force") && c.Bool("forget") {
		return exit.Usage("--force and --forget exclude each other")
	}
	return withChanges(c, 1, func(kept *changes.Kept) error {
		a := &asker{c: c, input: bufio.NewReader(os.Stdin)}
		if c.Bool("forget") {
			count, err := kept.Forget()
			if err == nil {
				err = a.print(fmt.Sprintf("%d applies cannot be undone any more", count))
			}
			return err
		}
		undone, err := kept.Undo(c.Bool("force"))
		if err != nil {
			return err
		}
		return reportUndo(a, undone)
	})
}

// reportUndo tells what was taken back, and what was not.
func reportUndo(a *asker, undone *changes.Undone) error {
	if len(undone.Paths)+len(undone.Refused) == 0 && !undone.Found {
		return errors.New("there is no apply that could be taken back")
	}
	for _, name := range undone.Paths {
		if err := a.print("undone: " + utils.OneLine(name)); err != nil {
			return err
		}
	}
	for _, refusal := range undone.Refused {
		if err := a.print("refused: " + utils.OneLine(refusal.Path+": "+refusal.Reason)); err != nil {
			return err
		}
	}
	line := fmt.Sprintf("%d undone, %d refused", len(undone.Paths), len(undone.Refused))
	if undone.Earlier > 0 {
		line += fmt.Sprintf("; %d earlier can be taken back by another undo", undone.Earlier)
	}
	if err := a.print(line); err != nil {
		return err
	}
	if len(undone.Refused) > 0 {
		return statusIncomplete
	}
	return nil
}
