package containers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/faults"
	"github.com/mydocker/mydocker/container/logs"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/container/stdio"
)

func logsCommand() *cli.Command {
	return &cli.Command{
		Name: "logs", Usage: "show what a container has written", Category: containersCategory,
		UsageText: "mydocker logs [options] CONTAINER",
		Description: "What went to the container's stdout and stderr goes to stdout and stderr, byte for byte; on a terminal stderr is red. " +
			"A TIME is 2026-01-02T15:04:05Z, 2026-01-02, seconds since 1970 such as 1767366245.5, or how long ago, such as 90s or 1h30m.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "follow", Aliases: []string{"f"}, Usage: "go on with what is written, until the container ends"},
			&cli.StringFlag{Name: "since", Usage: "what was written since a `TIME`"},
			&cli.StringFlag{Name: "until", Usage: "what was written until a `TIME`"},
			&cli.StringFlag{Name: "tail", Aliases: []string{"n"}, Value: "all", Usage: "the last `NUMBER` of lines"},
			&cli.BoolFlag{Name: "timestamps", Aliases: []string{"t"}, Usage: "begin each line with when it was written"},
			&cli.BoolFlag{Name: "details", Usage: "begin each line with what --log-opt labels, env and tag add to it"},
		},
		UseShortOptionHandling: true,
		Metadata:               command.Takes(1, containerWords),
		Action:                 logsAction,
	}
}

func logsAction(ctx context.Context, c *cli.Command) error {
	switch {
	case c.NArg() == 0:
		return command.NoContainer(c)
	case c.NArg() > 1:
		return command.TooMany(c, 1)
	}
	options, err := parseLogs(c, time.Now())
	if err != nil {
		return err
	}
	dir, err := command.StateDirectory(c)
	if err != nil {
		return err
	}
	listed, err := state.Find(dir, c.Args().First())
	if err == nil {
		err = checkReadable(&listed)
	}
	if err != nil {
		return exit.Failed(err)
	}
	options.Running = func() (bool, error) { return isRunning(dir, listed.ID) }
	printer := newLogPrinter(os.Stdout, os.Stderr, c.Bool("timestamps"), c.Bool("details"))
	err = faults.Around("read the log", func() error {
		return logs.Read(ctx, filepath.Join(listed.Path, state.LogDirName), options, printer)
	})
	if errors.Is(err, context.Canceled) {
		return exit.ErrEndless
	}
	return exit.Failed(err)
}

// parseLogs reads the flags that say what is read.
func parseLogs(c *cli.Command, now time.Time) (o logs.Options, err error) {
	o = logs.Options{Follow: c.Bool("follow"), Tail: -1, Stdout: true, Stderr: true}
	for name, at := range map[string]*time.Time{"since": &o.Since, "until": &o.Until} {
		text := c.String(name)
		if text == "" || text == "0" { // as in Docker, also of --until
			continue
		}
		if *at, err = command.MomentOf(text, now); err != nil {
			return o, exit.Failed(fmt.Errorf("invalid value for %q: failed to parse value as time or duration: %q", name, text))
		}
	}
	if text := c.String("tail"); text != "all" {
		if o.Tail, err = strconv.ParseInt(text, 10, 64); err != nil {
			return o, exit.Usage(fmt.Sprintf("invalid value %q for --tail: neither a number nor all", text))
		}
	}
	return o, nil
}

// checkReadable refuses a container whose output was not kept where it could be read.
func checkReadable(listed *state.Listed) error {
	switch driver := listed.Log.Driver; {
	case !listed.Supervised:
		return fmt.Errorf("container %s ran in the foreground: what it wrote went to who ran it, and is kept nowhere", listed.ID)
	case logs.Readable(driver):
		return nil
	case driver == logs.DriverJournald:
		return fmt.Errorf("configured logging driver does not support reading: journalctl CONTAINER_ID_FULL=%s shows the log", listed.ID)
	default:
		return errors.New("configured logging driver does not support reading")
	}
}

// isRunning reports whether somebody looks after a container. One that was removed has ended.
func isRunning(dir, id string) (bool, error) {
	listed, err := state.Find(dir, id)
	if missing := (*state.NotFoundError)(nil); errors.As(err, &missing) {
		return false, nil
	}
	return listed.Running, err
}

// newLogPrinter is a printer for two files, one of which may be a terminal.
func newLogPrinter(stdout, stderr *os.File, timestamps, details bool) *logPrinter {
	p := &logPrinter{out: [2]io.Writer{stdout, stderr}, timestamps: timestamps, details: details}
	p.red = stdio.IsTerminal(stderr) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	return p
}
