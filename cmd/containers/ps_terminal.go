package containers

import (
	"bytes"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/images/table"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/container/stdio"
)

// printForTerminal prints a table whose lines fit, with colours if the caller wants them.
func printForTerminal(c *cli.Command, rows []containerRow, columns []string, width int) error {
	rows, columns = fit(rows, columns, width)
	var text bytes.Buffer
	list := table.List[containerRow]{Default: template(columns), Header: containerHeader()}
	if err := list.Print(stdio.Harmless(&text), rows); err != nil {
		return err
	}
	printed := text.String()
	if os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" {
		printed = colour(printed, rows)
	}
	_, err := io.WriteString(c.Root().Writer, printed) // what others have written is harmless already
	return err
}

// fit shortens what may be shortened until a line of a table fits, and then leaves out columns.
// Names and ids stay whole: people copy them.
func fit(rows []containerRow, columns []string, width int) ([]containerRow, []string) {
	rows = slices.Clone(rows)
	over := func() int { return lineWidth(containerHeader(), rows, columns) - width }
	if over() > 0 && !slices.ContainsFunc(rows, func(r containerRow) bool { return r.Ports != "" }) {
		columns = without(columns, "Ports")
	}
	for _, column := range []struct {
		least int
		field func(r *containerRow) *string
	}{
		{12, func(r *containerRow) *string { return &r.Command }},
		{16, func(r *containerRow) *string { return &r.Image }},
	} {
		if excess := over(); excess > 0 {
			shorten(rows, column.field, excess, column.least)
		}
	}
	for _, column := range []string{"RunningFor", "Command", "Image"} {
		if over() > 0 {
			columns = without(columns, column)
		}
	}
	return rows, columns
}

// shorten takes so many characters from the longest fields, but leaves a number of them.
func shorten(rows []containerRow, field func(r *containerRow) *string, excess, least int) {
	longest := 0
	for i := range rows {
		longest = max(longest, utf8.RuneCountInString(*field(&rows[i])))
	}
	most := max(longest-excess, least)
	for i := range rows {
		text := field(&rows[i])
		*text = table.Ellipsis(*text, most)
	}
}

func without(columns []string, column string) []string {
	return slices.DeleteFunc(slices.Clone(columns), func(c string) bool { return c == column })
}

// lineWidth is how long the lines of a table are.
func lineWidth[Row any](header table.Header, rows []Row, columns []string) int {
	var text bytes.Buffer
	list := table.List[Row]{Default: template(columns), Header: header}
	if list.Print(&text, rows) != nil {
		return 0
	}
	longest := 0
	for line := range strings.Lines(text.String()) {
		longest = max(longest, utf8.RuneCountInString(strings.TrimSpace(line)))
	}
	return longest
}

// The colours of what a container is: of ECMA-48's first eight.
const (
	green  = "\x1b[32m"
	red    = "\x1b[31m"
	yellow = "\x1b[33m"
	plain  = "\x1b[39m"
)

// colour has the statuses in a table stand out that are good, or bad. It comes last, since tables
// would count it as letters.
func colour(printed string, rows []containerRow) string {
	lines := strings.SplitAfter(printed, "\n")
	at := strings.Index(lines[0], containerHeader()["Status"])
	for i := range rows {
		shade := colourOf(&rows[i])
		if at < 0 || shade == "" || i+1 >= len(lines) {
			continue
		}
		line := []rune(lines[i+1])
		end := min(at+utf8.RuneCountInString(rows[i].Status), len(line))
		if at < end {
			lines[i+1] = string(line[:at]) + shade + string(line[at:end]) + plain + string(line[end:])
		}
	}
	return strings.Join(lines, "")
}

func colourOf(r *containerRow) string {
	switch state.Status(r.State) {
	case state.StatusRunning:
		switch r.Health {
		case state.Unhealthy:
			return red
		case state.HealthStarting:
			return yellow
		}
		return green
	case state.StatusPaused, state.StatusRestarting:
		return yellow
	case state.StatusDead:
		return red
	case state.StatusExited:
		if r.ExitCode != "0" {
			return red
		}
	}
	return ""
}
