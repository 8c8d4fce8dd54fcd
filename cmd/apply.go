//go:build !front

package cmd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/overlay/changes"
	"github.com/mydocker/mydocker/container/stdio"
	"github.com/mydocker/mydocker/utils"
)

// statusIncomplete is the exit status of an apply or undo that left something out.
const statusIncomplete = exit.Status(1)

func applyCommand() *cli.Command {
	return &cli.Command{
		Name: "apply", Usage: "make the changes of a run with --overlay=DIR to the host",
		UsageText: "mydocker apply [options] DIR [PATH...]",
		Description: "It shows what it is going to do, and asks. PATH is for what is at and below it alone. What the host " +
			"has changed since the run began is refused. All that is new is prepared first, and then exchanged file by file: " +
			"when it is killed, each file is the old one or the new, and a second apply finishes. mydocker undo takes it back. " +
			"Exit status: 0 all is done, 1 something was refused or skipped, 125 nothing was done.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "yes", Aliases: []string{"y"}, Usage: "do not ask"},
			&cli.BoolFlag{Name: "interactive", Aliases: []string{"i"}, Usage: "ask for each path"},
			&cli.BoolFlag{Name: "force", Aliases: []string{"f"}, Usage: "also what is in conflict with the host; undo has the host's version"},
			&cli.BoolFlag{Name: "privileged-files", Usage: "also set-user-ID and set-group-ID files, file capabilities and device nodes"},
		},
		Action: applyAction,
	}
}

func applyAction(_ context.Context, c *cli.Command) error {
	if c.Bool("yes") && c.Bool("interactive") {
		return exit.Usage("--yes and --interactive exclude each other")
	}
	return withChanges(c, maxPaths, func(kept *changes.Kept) error {
		a := &asker{c: c, input: bufio.NewReader(os.Stdin)}
		if err := a.check(); err != nil {
			return err
		}
		if err := finish(a, kept); err != nil {
			return err
		}
		options := changes.Options{Force: c.Bool("force"), Privileged: c.Bool("privileged-files")}
		for _, name := range c.Args().Slice()[1:] {
			absolute, err := filepath.Abs(name)
			if err != nil {
				return err
			}
			options.Paths = append(options.Paths, absolute)
		}
		plan, err := kept.Plan(options)
		if err != nil {
			return err
		}
		return apply(a, plan)
	})
}

// maxPaths bounds the arguments of apply; execve(2) has its own bound.
const maxPaths = 1 << 20

// finish ends an apply that was killed.
func finish(a *asker, kept *changes.Kept) error {
	count, is := kept.Interrupted()
	if !is {
		return nil
	}
	if yes, err := a.ask(fmt.Sprintf("An apply of %d operations was interrupted. Finish it? [y/N] ", count)); err != nil {
		return err
	} else if !yes {
		return errors.New("an apply was interrupted: apply finishes it, undo takes it back")
	}
	failed, err := kept.Finish()
	if err != nil {
		return err
	}
	for _, line := range failed {
		if err := a.print("refused: " + line); err != nil {
			return err
		}
	}
	return a.print("the interrupted apply is finished")
}

// apply shows a plan, asks, and does it.
func apply(a *asker, plan *changes.Plan) error {
	for _, i := range plan.Items {
		if err := a.print(planned(i)); err != nil {
			return err
		}
	}
	refused := plan.Refused()
	if count := plan.Count(); count > 0 {
		switch yes, err := a.choose(plan, count); {
		case err != nil:
			return err
		case !yes:
			return errors.New("nothing was applied")
		}
	}
	if err := plan.Apply(); err != nil {
		return err
	}
	return reportApply(a, plan, refused)
}

// planned is a line for what is going to become of an item.
func planned(i *changes.Item) string {
	switch {
	case i.Refused != "":
		return "refused: " + i.String() + ": " + utils.OneLine(i.Refused)
	case i.Conflict != "":
		return i.String() + " (lost: " + utils.OneLine(i.Conflict) + ")"
	}
	return i.String()
}

// reportApply tells what has become of each item, as far as that was not clear before.
func reportApply(a *asker, plan *changes.Plan, before map[*changes.Item]bool) error {
	done, skipped, refused := 0, 0, 0
	for _, i := range plan.Items {
		var line string
		switch {
		case i.Refused != "":
			refused++
			line = "refused: " + i.String() + ": " + utils.OneLine(i.Refused)
		case i.Skipped:
			skipped++
			line = "skipped: " + i.String()
		default:
			done++
			if i.Note != "" {
				line = "note: " + i.String() + ": " + utils.OneLine(i.Note)
			}
		}
		if line != "" && !before[i] {
			if err := a.print(line); err != nil {
				return err
			}
		}
	}
	if err := a.print(fmt.Sprintf("%d done, %d skipped, %d refused", done, skipped, refused)); err != nil {
		return err
	}
	if skipped+refused > 0 {
		return statusIncomplete
	}
	return nil
}

// asker prints, and asks the user at the terminal.
type asker struct {
	c     *cli.Command
	input *bufio.Reader
}

func (a *asker) print(line string) error {
	_, err := fmt.Fprintln(a.c.Root().Writer, line)
	return err
}

// check refuses to go on where nobody can be asked.
func (a *asker) check() error {
	if !a.c.Bool("yes") && !stdio.IsTerminal(os.Stdin) {
		return exit.Usage(a.c.Name + ": stdin is no terminal to ask at; --yes goes on without")
	}
	return nil
}

// ask asks a question whose answer is yes or anything else.
func (a *asker) ask(question string) (bool, error) {
	if a.c.Bool("yes") {
		return true, nil
	}
	answer, err := a.answer(question)
	return answer == "y" || answer == "yes", err
}

// answer reads a line; the end of the input is the answer "q".
func (a *asker) answer(question string) (string, error) {
	if _, err := io.WriteString(a.c.Root().Writer, question); err != nil {
		return "", err
	}
	line, err := a.input.ReadString('\n')
	if err == io.EOF {
		return "q", nil
	}
	return strings.ToLower(strings.TrimSpace(line)), err
}

// choose asks for the whole plan, or with --interactive for each path.
func (a *asker) choose(plan *changes.Plan, count int) (bool, error) {
	if !a.c.Bool("interactive") {
		return a.ask(fmt.Sprintf("Apply %d changes to the host? [y/N] ", count))
	}
	for _, i := range plan.Items {
		if !i.Applied() || i.OnlyNames() {
			continue
		}
		switch answer, err := a.answer(fmt.Sprintf("%s: apply? [y]es, [N]o, [a]ll that follow, [q]uit and apply none: ", planned(i))); {
		case err != nil || answer == "q" || answer == "quit":
			return false, err
		case answer == "a" || answer == "all":
			return true, nil
		case answer != "y" && answer != "yes":
			plan.Skip(i)
		}
	}
	return true, nil
}
