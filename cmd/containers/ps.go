package containers

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/cmd/images/table"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/container/stdio"
)

func psCommand() *cli.Command {
	return &cli.Command{
		Name: "ps", Usage: "list the containers", Category: containersCategory,
		UsageText: "mydocker ps [options]",
		Description: "Without --all those alone that run, also in the foreground. Filters: " + strings.Join(containerFilterKeys(), ", ") + ". " +
			"Several values of one filter are alternatives, but for label. A format is a Go template, the same behind \"table \", or json; its " +
			"fields are " + table.Fields(containerHeader()) + ".",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "all", Aliases: []string{"a"}, Usage: "also those that do not run"},
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print ids alone"},
			&cli.BoolFlag{Name: "no-trunc", Usage: "print commands and mounts whole"},
			&cli.BoolFlag{Name: "size", Aliases: []string{"s"}, Usage: "also how much each has written to its root"},
			&cli.BoolFlag{Name: "latest", Aliases: []string{"l"}, Usage: "the one that was made last, whether it runs or not"},
			&cli.IntFlag{Name: "last", Aliases: []string{"n"}, Value: -1, HideDefault: true, Usage: "the `NUMBER` of them that were made last, whether they run or not"},
			&cli.StringSliceFlag{Name: "filter", Aliases: []string{"f"}, Usage: "list those alone for which `KEY=VALUE` holds"},
			&cli.StringFlag{Name: "format", Usage: "table, table TEMPLATE, json or a `TEMPLATE`"},
		},
		Metadata:                  command.Takes(0, nil),
		DisableSliceFlagSeparator: true, // a comma is part of a label
		Action:                    psAction,
	}
}

func psAction(_ context.Context, c *cli.Command) error {
	if c.NArg() > 0 {
		return command.TooMany(c, 0)
	}
	wanted, err := parseContainerFilters(c.StringSlice("filter"))
	if err != nil {
		return err
	}
	dir, err := command.StateDirectory(c)
	if err != nil {
		return err
	}
	all, damaged := list(dir)
	chosen, err := wanted.choose(dir, all)
	if err != nil {
		return errors.Join(err, damaged)
	}
	return errors.Join(printContainers(c, dir, last(c, chosen, wanted)), exit.Failed(damaged))
}

// last are those that are listed: the newest are first.
func last(c *cli.Command, all []*state.Listed, wanted *containerFilters) (chosen []*state.Listed) {
	most := c.Int("last")
	if c.Bool("latest") && !c.IsSet("last") {
		most = 1
	}
	if most > 0 {
		return all[:min(most, len(all))]
	}
	for _, l := range all {
		if c.Bool("all") || wanted.ofEnded() || isUp(l.Now()) {
			chosen = append(chosen, l)
		}
	}
	return chosen
}

// isUp reports whether ps lists a container without --all.
func isUp(s state.Status) bool {
	return s == state.StatusRunning || s == state.StatusPaused || s == state.StatusRestarting
}

// printContainers prints them as the flags of ps say.
func printContainers(c *cli.Command, dir string, chosen []*state.Listed) error {
	format := c.String("format")
	if c.Bool("quiet") && format == "" {
		format = "{{.ID}}"
	}
	isTable := format == "" || format == "table"
	form := rowForm{dir: dir, whole: c.Bool("no-trunc"), boot: bootID(), now: time.Now()}
	form.sizes = isTable && c.Bool("size") || asksFor(format, ".Size")
	form.used = asksFor(format, ".CPUTime", ".PeakMemory", ".OOMKills")
	form.specs = asksFor(format, ".Mounts", ".Networks", ".Limits")
	rows := make([]containerRow, len(chosen))
	for i, l := range chosen {
		rows[i] = form.row(l)
	}
	columns := containerColumns(c.Bool("size"))
	printed := table.List[containerRow]{Format: format, Header: containerHeader()}
	if width := stdio.TerminalWidth(os.Stdout); isTable && width > 0 {
		return printForTerminal(c, rows, columns, width)
	}
	printed.Default = template(columns)
	return printed.Print(command.Output(c), rows)
}

// asksFor reports whether a format has one of these fields, or all.
func asksFor(format string, fields ...string) bool {
	return strings.Contains(format, "json") || slices.ContainsFunc(fields, func(field string) bool { return strings.Contains(format, field) })
}

// containerColumns are those of the table.
func containerColumns(sizes bool) []string {
	columns := []string{"ID", "Image", "Command", "RunningFor", "Status", "Ports", "Names"}
	if sizes {
		columns = append(columns, "Size")
	}
	return columns
}

// template is that of a table with such columns.
func template(columns []string) string { return "{{." + strings.Join(columns, `}}\t{{.`) + "}}" }
