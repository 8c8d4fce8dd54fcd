package images

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/image/kept"
	"github.com/mydocker/mydocker/container/image/store"
	"github.com/mydocker/mydocker/container/image/unpack"
	"github.com/mydocker/mydocker/container/state"
)

// CommitCommand is the command; words are the names of containers.
func CommitCommand(words func(c *cli.Command) []command.Word) *cli.Command {
	return &cli.Command{
		Name: "commit", Usage: "make an image of a container that was kept", Category: "CONTAINERS",
		UsageText: "mydocker commit [options] CONTAINER [NAME[:TAG]]",
		Description: "The image has the layers of the container's own, and one more with what the container has changed; what is in volumes is " +
			"none of it. The container's command, variables, user and working directory become the image's. A change is an instruction " +
			"as in a Dockerfile, such as 'CMD sh'. A container that runs is refused: a file that it is writing could be incomplete.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "author", Aliases: []string{"a"}, Usage: "who has made it"},
			&cli.StringSliceFlag{Name: "change", Aliases: []string{"c"}, Usage: "give the image `INSTRUCTION`"},
			&cli.StringFlag{Name: "message", Aliases: []string{"m"}, Usage: "what its history says of it"},
			&cli.BoolFlag{Name: "pause", Aliases: []string{"p"}, Value: true, Usage: "nothing changes meanwhile anyway: the container has ended"},
		},
		Metadata:                  command.Takes(1, words),
		DisableSliceFlagSeparator: true, // a comma is part of a change
		Action:                    commitAction,
	}
}

func commitAction(ctx context.Context, c *cli.Command) error {
	switch {
	case c.NArg() == 0:
		return command.NoContainer(c)
	case c.NArg() > 2:
		return command.TooMany(c, 2)
	}
	names, err := secondName(c)
	if err != nil {
		return err
	}
	said := &kept.Commit{Author: c.String("author"), Message: c.String("message"), Changes: c.StringSlice("change"), Created: time.Now()}
	options, err := takeOptions(nil)
	if err != nil {
		return err
	}
	return WithStore(c, func(s *store.Store, dir string) error {
		return withContainer(dir, c.Args().First(), func(container *kept.Container) error {
			record, written, err := container.Commit(ctx, s, said, options, names...)
			if err != nil {
				return exit.Failed(err)
			}
			err = TellSkipped(c.Root().ErrWriter, &written)
			_, printed := fmt.Fprintln(command.Output(c), record.ID())
			return errors.Join(err, printed)
		})
	})
}

// withContainer opens a container that has ended.
func withContainer(dir, name string, do func(container *kept.Container) error) error {
	container, err := kept.Open(dir, name)
	if inUse := (*state.InUseError)(nil); errors.As(err, &inUse) && inUse.Running {
		err = fmt.Errorf("%w: its files are read when it has ended", err)
	}
	if err != nil {
		return exit.Failed(err)
	}
	return errors.Join(do(container), container.Close())
}

// TellSkipped tells of files that no archive can hold.
func TellSkipped(w io.Writer, written *unpack.Archived) error {
	for _, text := range kept.Skipped(written) {
		if _, err := fmt.Fprintln(w, "mydocker: "+text); err != nil {
			return err
		}
	}
	return nil
}
