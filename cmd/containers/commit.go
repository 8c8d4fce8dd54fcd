package containers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cgroups/group"
	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/cmd/images"
	"github.com/mydocker/mydocker/container/detached"
	"github.com/mydocker/mydocker/container/events"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/kept"
	"github.com/mydocker/mydocker/container/image/store"
	"github.com/mydocker/mydocker/container/image/unpack"
	"github.com/mydocker/mydocker/container/running"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/utils"
)

func commitCommand() *cli.Command {
	return &cli.Command{
		Name: "commit", Usage: "make an image of a container", Category: containersCategory,
		UsageText: "mydocker commit [options] CONTAINER [NAME[:TAG]]",
		Description: "The image has the layers of the container's own, and one more with what the container has changed; what is in volumes is " +
			"none of it. The container's command, variables, user and working directory become the image's. A change is an instruction " +
			"as in a Dockerfile, such as 'CMD sh'. A container that runs is paused meanwhile.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "author", Aliases: []string{"a"}, Usage: "who has made it"},
			&cli.StringSliceFlag{Name: "change", Aliases: []string{"c"}, Usage: "give the image `INSTRUCTION`"},
			&cli.StringFlag{Name: "message", Aliases: []string{"m"}, Usage: "what its history says of it"},
			&cli.BoolFlag{Name: "pause", Aliases: []string{"p"}, Value: true, Usage: "pause a container that runs; with --pause=false a file that it writes meanwhile may be incomplete"},
		},
		Metadata:                  command.Takes(1, containerWords),
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
	names, err := images.SecondName(c)
	if err != nil {
		return err
	}
	said := &kept.Commit{Author: c.String("author"), Message: c.String("message"), Changes: c.StringSlice("change"), Created: time.Now()}
	options, err := images.TakeOptions(nil)
	if err != nil {
		return err
	}
	return images.WithStore(c, func(s *store.Store, dir string) error {
		return withContainer(dir, c.Args().First(), func(container *kept.Container) error {
			resume, err := pause(dir, container, c.Bool("pause"))
			if err != nil {
				return exit.Failed(err)
			}
			p := newCommitProgress(c)
			said.Written = &p.size
			p.begin()
			record, written, err := container.Commit(ctx, s, said, options, names...)
			if err = errors.Join(err, p.end(err == nil), resume()); err != nil {
				return exit.Failed(err)
			}
			tellCommit(dir, container, string(record.ID()), said.Message, names)
			err = tellSkipped(c.Root().ErrWriter, &written)
			_, printed := fmt.Fprintln(command.Output(c), record.ID())
			return errors.Join(err, printed)
		})
	})
}

// tellCommit tells the journal of an image that was made of a container.
func tellCommit(dir string, c *kept.Container, id, message string, names []image.Reference) {
	named := ""
	for _, name := range names {
		named = name.Familiar()
		events.Write(dir, events.Of(events.TypeImage, events.Tag, id, named))
	}
	tell(dir, events.Commit, &c.Record, "comment", message, "imageID", id, "imageRef", named)
}

// withContainer opens a container, to make something of what it has changed.
func withContainer(dir, name string, do func(container *kept.Container) error) error {
	found, err := find(dir, name)
	if err == nil && found.Path == "" {
		err = fmt.Errorf("container %s: nothing of it is kept: it runs in the foreground without --rm=false", found.ID)
	}
	if err != nil {
		return exit.Failed(err)
	}
	container, err := kept.Open(dir, found.ID)
	if err != nil {
		return exit.Failed(err)
	}
	return errors.Join(do(container), container.Close())
}

// pause pauses a container that runs, if that is wanted, until resume is called.
func pause(dir string, c *kept.Container, wanted bool) (resume func() error, err error) {
	nothing := func() error { return nil }
	if !wanted || !c.Running || c.Status == state.StatusPaused {
		return nothing, nil
	}
	if c.Status == "" {
		return freeze(c.ID)
	}
	err = detached.Pause(dir, c.ID)
	if errors.As(err, new(*detached.NotRunningError)) {
		return nothing, nil // it has ended meanwhile
	}
	if err != nil {
		return nil, fmt.Errorf("pause it (--pause=false does without): %w", err)
	}
	return func() error {
		err := detached.Resume(dir, c.ID)
		if errors.As(err, new(*detached.NotRunningError)) {
			return nil
		}
		return err
	}, nil
}

// freeze pauses a container that runs in the foreground, by its cgroup.
func freeze(id string) (resume func() error, err error) {
	found, err := running.Find(id)
	if errors.As(err, new(*running.NotFoundError)) {
		return func() error { return nil }, nil
	}
	if err != nil {
		return nil, err
	}
	g := group.Open(found.Cgroups)
	if err := g.Freeze(); err != nil && !utils.Gone(err) {
		return nil, fmt.Errorf("pause container %s (--pause=false does without): %w", id, err)
	}
	return func() error {
		if err := g.Thaw(); !utils.Gone(err) {
			return err
		}
		return nil
	}, nil
}

// tellSkipped tells of files that no archive can hold.
func tellSkipped(w io.Writer, written *unpack.Archived) error {
	for _, text := range kept.Skipped(written) {
		if _, err := fmt.Fprintln(w, "mydocker: "+text); err != nil {
			return err
		}
	}
	return nil
}
