package cmd

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/urfave/cli/v3"
)

// The help of run is as wide as this, its flags' names as that.
const (
	helpWidth  = 100
	namesWidth = 30
)

// flagGroup is what the help shows under one heading.
type flagGroup struct {
	title string
	flags []cli.Flag
}

// flagGroups are all flags of run, in the order of docs/flags.md.
func flagGroups() []flagGroup {
	help := &cli.BoolFlag{Name: "help", Usage: "show this"}
	return []flagGroup{
		{"TERMINAL AND STREAMS", streamFlags()},
		{"LIMITS", slices.Concat(limitFlags(), resourceFlags())},
		{"TIME, SIGNALS AND THE REPORT", slices.Concat(lifetimeFlags(), reportFlags())},
		{"THE PROCESS'S WORLD", slices.Concat(environmentFlags(), processFlags())},
		{"NAMESPACES AND USERS", namespaceFlags()},
		{"NAME AND PID 1", lifecycleFlags()},
		{"TO LEARN", append(explainFlags(), help)},
	}
}

// printHelp prints the help of a command. The library's would have the many flags
// of run in one list, twice as wide as a terminal.
func printHelp(w io.Writer, template string, data any) {
	c, isCommand := data.(*cli.Command)
	if !isCommand || c.Name != runName {
		cli.DefaultPrintHelp(w, template, data)
		return
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s\n\nUsage: %s\n\n%s\n", c.Usage, c.UsageText, c.Description)
	for _, group := range flagGroups() {
		fmt.Fprintf(&text, "\n%s\n", group.title)
		for _, flag := range group.flags {
			writeFlag(&text, flag)
		}
	}
	text.WriteString("\nThe options for the log stand before run: mydocker --help\n")
	io.WriteString(w, text.String()) //nolint:errcheck // a stickyWriter remembers
}

// writeFlag writes a flag's names and what they mean, side by side.
func writeFlag(text *strings.Builder, flag cli.Flag) {
	names, usage := namesAndUsage(flag)
	fmt.Fprintf(text, "  %-*s", namesWidth-2, names)
	column := namesWidth
	if utf8.RuneCountInString(names) > namesWidth-4 {
		column = helpWidth // begins a line
	}
	for _, word := range strings.Fields(usage) {
		length := utf8.RuneCountInString(word)
		if column+len(" ")+length > helpWidth {
			fmt.Fprintf(text, "\n%*s", namesWidth, "")
			column = namesWidth
		}
		if column > namesWidth {
			text.WriteByte(' ')
			column++
		}
		text.WriteString(word)
		column += length
	}
	text.WriteByte('\n')
}

// namesAndUsage are a flag's names, the shortest first, with what stands for its value,
// and its meaning with its default.
func namesAndUsage(flag cli.Flag) (names, usage string) {
	all := slices.Clone(flag.Names())
	slices.SortStableFunc(all, func(a, b string) int { return min(len(a), 2) - min(len(b), 2) })
	for i, name := range all {
		all[i] = strings.Repeat("-", min(len(name), 2)) + name
	}
	names = strings.Join(all, ", ")
	documented, ok := flag.(cli.DocGenerationFlag)
	if !ok {
		return names, ""
	}
	usage = documented.GetUsage()
	if !documented.TakesValue() || isOptional(flag) {
		return names, usage
	}
	if placeholder, found := between(usage, "`"); found {
		names += " " + placeholder
	} else {
		names += " VALUE"
	}
	usage = strings.ReplaceAll(usage, "`", "")
	if value := documented.GetValue(); value != "" && value != "[]" {
		usage += fmt.Sprintf(" (default: %s)", value)
	}
	for _, name := range documented.GetEnvVars() {
		usage += " [$" + name + "]"
	}
	return names, usage
}

// isOptional reports whether a flag's value is, behind "=".
func isOptional(flag cli.Flag) bool {
	_, is := flag.(*cli.GenericFlag)
	return is
}

func between(s, quote string) (inner string, found bool) {
	_, rest, _ := strings.Cut(s, quote)
	inner, _, found = strings.Cut(rest, quote)
	return inner, found
}

// helpCommand and versionCommand are Docker's words for --help and --version.
func helpCommand() *cli.Command {
	return &cli.Command{
		Name: "help", Usage: "show help, of a command: mydocker help run", HideHelpCommand: true,
		Action: func(ctx context.Context, c *cli.Command) error {
			name := c.Args().First()
			if name == "" {
				return cli.ShowRootCommandHelp(c.Root())
			}
			if c.Root().Command(name) == nil {
				return unknownCommand(c.Root(), name)
			}
			return cli.ShowCommandHelp(ctx, c.Root(), name)
		},
	}
}

func versionCommand() *cli.Command {
	return &cli.Command{
		Name: "version", Usage: "print the version and the commit it was built from", HideHelpCommand: true,
		Action: func(_ context.Context, c *cli.Command) error { return printVersion(c) },
	}
}
