package containers

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"

	"github.com/urfave/cli/v3"
	"golang.org/x/term"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/events"
	"github.com/mydocker/mydocker/container/image/archive"
	"github.com/mydocker/mydocker/container/image/kept"
)

func exportCommand() *cli.Command {
	return &cli.Command{
		Name: "export", Usage: "write the root file system of a container to a tar archive", Category: containersCategory,
		UsageText: "mydocker export [options] CONTAINER",
		Description: "The archive has the image's files with what the container has changed, and nothing that is in volumes. tar(1) and " +
			"mydocker import read it. A container that runs goes on meanwhile.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write to `FILE`; - and without it stdout"},
		},
		Metadata: command.Takes(1, containerWords),
		Action:   exportAction,
	}
}

func exportAction(ctx context.Context, c *cli.Command) error {
	switch {
	case c.NArg() == 0:
		return command.NoContainer(c)
	case c.NArg() > 1:
		return command.TooMany(c, 1)
	}
	file := c.String("output")
	toStdout := file == "" || file == "-"
	if toStdout && term.IsTerminal(int(os.Stdout.Fd())) {
		return exit.Failed(errors.New("cowardly refusing to save to a terminal. Use the -o flag or redirect"))
	}
	dir, err := command.StateDirectory(c)
	if err != nil {
		return err
	}
	return withContainer(dir, c.Args().First(), func(container *kept.Container) error {
		write := func(w io.Writer) error {
			buffered := bufio.NewWriterSize(w, 1<<20)
			written, err := container.Export(ctx, buffered)
			if err == nil {
				err = buffered.Flush()
			}
			if err == nil {
				tell(dir, events.Export, &container.Record)
			}
			return errors.Join(err, tellSkipped(c.Root().ErrWriter, &written))
		}
		if toStdout {
			return exit.Failed(write(os.Stdout))
		}
		return exit.Failed(archive.WriteFile(ctx, file, write))
	})
}
