package containers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v3"
	"golang.org/x/term"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/figures"
	"github.com/mydocker/mydocker/container/running"
	"github.com/mydocker/mydocker/utils"
)

func topCommand() *cli.Command {
	firstArgument := 1
	return &cli.Command{
		Name: "top", Usage: "list the processes of a container", Category: containersCategory,
		UsageText: "mydocker top [options] CONTAINER [PS OPTIONS]",
		Description: "The pids are the host's. With options it is ps(1) of the host that tells, and the pid has to be among its columns; " +
			"without any it is the same as ps -ef.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "live", Usage: "on a terminal, show them again every second until Ctrl-C"},
		},
		StopOnNthArg: &firstArgument,
		Metadata:     command.Takes(1, containerWords),
		Action:       topAction,
	}
}

func topAction(ctx context.Context, c *cli.Command) error {
	if c.NArg() == 0 {
		return command.NoContainer(c)
	}
	dir, err := command.StateDirectory(c)
	if err != nil {
		return err
	}
	words := c.Args().Slice()
	live := c.Bool("live") && term.IsTerminal(int(os.Stdout.Fd()))
	for {
		text, err := processesOf(ctx, dir, words[0], words[1:])
		if err == nil && live {
			err = showScreen(text)
		} else if err == nil {
			_, err = fmt.Fprint(command.Output(c), text)
		}
		if err != nil || !live {
			return exit.Failed(err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}

// processesOf lists the processes of a container as Docker does.
func processesOf(ctx context.Context, dir, name string, options []string) (string, error) {
	listed, err := find(dir, name)
	if err != nil {
		return "", err
	}
	var found *running.Record
	if isUp(listed.Now()) {
		found, err = recordOf(listed)
	}
	if found == nil && err == nil {
		return "", fmt.Errorf("container %s is not running", listed.ID)
	}
	if err != nil {
		return "", err
	}
	c := figuresOf(found)
	var rows [][]string
	if len(options) == 0 {
		rows, err = plainRows(c)
	} else {
		rows, err = psRows(ctx, c, options)
	}
	if err != nil {
		return "", err
	}
	minColumn, space := 20, 3 // Docker's
	if term.IsTerminal(int(os.Stdout.Fd())) {
		minColumn, space = 1, 1 // the command, which comes last, is what people look for
	}
	var text bytes.Buffer
	columns := tabwriter.NewWriter(&text, minColumn, 1, space, ' ', 0)
	for _, row := range rows {
		for n := range row {
			row[n] = utils.OneLine(row[n])
		}
		if _, err := fmt.Fprintln(columns, strings.Join(row, "\t")); err != nil {
			return "", err
		}
	}
	err = columns.Flush()
	return text.String(), err
}

// psRows has the host's ps tell, and takes the lines of the container's processes.
func psRows(ctx context.Context, c *figures.Container, options []string) ([][]string, error) {
	var messages bytes.Buffer
	ps := exec.CommandContext(ctx, "ps", options...)
	ps.Stderr = &messages
	output, err := ps.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return nil, errors.New("there is no ps on this host for its options: without any, top needs none")
	}
	if err != nil {
		first, _, _ := strings.Cut(strings.TrimSpace(messages.String()), "\n")
		return nil, fmt.Errorf("ps %s: %w: %s", strings.Join(options, " "), err, utils.OneLine(first))
	}
	pids, err := c.Pids()
	if err != nil {
		return nil, err
	}
	return chooseRows(string(output), pids)
}

// chooseRows takes the lines of processes from what ps has written.
func chooseRows(output string, pids []int) (rows [][]string, err error) {
	at := -1
	for line := range strings.Lines(output) {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		if at < 0 {
			if at = slices.Index(fields, "PID"); at < 0 {
				return nil, errors.New("Couldn't find PID field in ps output") //nolint:staticcheck // Docker's words
			}
			rows = append(rows, fields)
			continue
		}
		if len(fields) <= at {
			continue
		}
		pid, err := strconv.Atoi(fields[at])
		if err != nil {
			return nil, fmt.Errorf("ps has written %q for a pid", utils.Shortened(fields[at]))
		}
		if !slices.Contains(pids, pid) {
			continue
		}
		if most := len(rows[0]); len(fields) > most { // the last column has spaces in it
			fields = append(fields[:most-1], strings.Join(fields[most-1:], " "))
		}
		rows = append(rows, fields)
	}
	if at < 0 {
		return nil, errors.New("Couldn't find PID field in ps output") //nolint:staticcheck // Docker's words
	}
	return rows, nil
}
