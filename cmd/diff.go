//go:build !front

package cmd

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"syscall"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/containers"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/overlay"
	"github.com/mydocker/mydocker/container/overlay/changes"
	"github.com/mydocker/mydocker/container/stdio"
	"github.com/mydocker/mydocker/utils"
)

func diffCommand() *cli.Command {
	return &cli.Command{
		Name: "diff", Usage: "list what a run with --overlay=DIR, or a container, has changed",
		UsageText: "mydocker diff [--json | --patch] DIR | CONTAINER",
		Description: "One line a path, as docker diff: A is added, C changed, D deleted, with all that was in it. A directory " +
			"is changed if its owner, mode, times or names are. What is the same as on the host now is not listed. A word that is no " +
			"directory of changes may be the name or the id of a container, whose changes of its image are listed; the flags are " +
			"for directories.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "json", Usage: "print a JSON array with kind, type, mode, owner and size"},
			&cli.BoolFlag{Name: "patch", Aliases: []string{"p"}, Usage: "print a patch with the differences of texts, for git apply or patch -p1"},
		},
		Action: diffAction,
	}
}

func diffAction(_ context.Context, c *cli.Command) error {
	if c.Bool("json") && c.Bool("patch") {
		return exit.Usage("--json and --patch exclude each other")
	}
	if name := c.Args().First(); c.NArg() == 1 && !isChanges(name) && command.IsContainer(c, name) {
		return diffContainer(c, name)
	}
	if _, err := os.Lstat(c.Args().First()); c.NArg() == 1 && errors.Is(err, fs.ErrNotExist) {
		return exit.Failed(fmt.Errorf("no such container, and no such directory of changes: %s", utils.OneLine(c.Args().First())))
	}
	return withChanges(c, 1, func(kept *changes.Kept) error {
		list, err := kept.Changes()
		if err != nil {
			return err
		}
		slices.SortFunc(list, func(a, b *changes.Change) int { return cmp.Compare(a.Path, b.Path) })
		if kept.InUse {
			if err := warn(c, c.Args().First()+" is in use: a run that goes on may change the list"); err != nil {
				return err
			}
		}
		switch {
		case c.Bool("json"):
			return printDetails(c, list)
		case c.Bool("patch"):
			return printPatch(c, list)
		}
		return printChanges(list, c.Root().Writer)
	})
}

func diffContainer(c *cli.Command, name string) error {
	if c.Bool("json") || c.Bool("patch") {
		return exit.Usage("--json and --patch are for a directory of changes: export shows what is in a container")
	}
	return containers.Diff(c, name)
}

// isChanges reports whether there is a directory of changes.
func isChanges(name string) bool {
	dir, err := os.Open(name)
	if err != nil {
		return false
	}
	_, err = overlay.Load(dir)
	return dir.Close() == nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR)
}

func printDetails(c *cli.Command, list []*changes.Change) error {
	details := make([]changes.Details, len(list))
	for i := range list {
		details[i] = list[i].Details()
	}
	encoder := json.NewEncoder(c.Root().Writer)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(details)
}

// printPatch prints a patch. What could not be looked at is an error behind it.
func printPatch(c *cli.Command, list []*changes.Change) error {
	if err := changes.Patch(stdio.Harmless(c.Root().Writer), list); err != nil {
		return err
	}
	return printChanges(list, io.Discard)
}

// printChanges lists the changes. What could not be looked at is an error behind the list.
func printChanges(list []*changes.Change, to io.Writer) error {
	var problem error
	count := 0
	for _, change := range list {
		if err := change.Problem(); err != nil {
			count++
			problem = errors.Join(problem, err)
			continue
		}
		if _, err := fmt.Fprintln(to, change); err != nil {
			return err
		}
	}
	if count > maxProblems {
		return fmt.Errorf("%d paths cannot be looked at", count)
	}
	return problem
}

// maxProblems is how many are told one by one.
const maxProblems = 20

// withChanges opens the directory of changes that is the first argument, of at most so
// many.
func withChanges(c *cli.Command, arguments int, do func(kept *changes.Kept) error) error {
	switch {
	case c.NArg() == 0:
		return exit.Usage(fmt.Sprintf("%s: no directory given: that of a run with --overlay=DIR", c.Name))
	case c.NArg() > arguments:
		return tooMany(c, c.Args().Get(arguments))
	}
	kept, err := changes.Open(c.Args().First())
	if err != nil {
		return err
	}
	return errors.Join(do(kept), kept.Close())
}

func warn(c *cli.Command, text string) error {
	log, err := newLogger(c)
	if err != nil {
		return err
	}
	log.Warn(text)
	return log.Close(nil)
}
