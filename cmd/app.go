package cmd

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v3"

	"mydocker/container"
)

func newApp(output io.Writer, args []string, ahead *container.Ahead) *cli.Command {
	return &cli.Command{
		Name:      "mydocker",
		Usage:     "run a command in a container: isolated, limited, without a daemon",
		UsageText: "mydocker [global options] run [options] [--] COMMAND [ARG...]",
		Description: "Try:\n" +
			"mydocker run -ti /bin/sh\n" +
			"mydocker run -m 100m -- stress --vm-bytes 200m --vm-keep -m 1\n\n" +
			"Exit status: the command's own; 124 its time was up, 125 mydocker failed, 126 the\n" +
			"command cannot be executed, 127 it was not found, 128+n it was killed by signal n.",
		Commands:                        commands(args, ahead),
		Flags:                           append(logFlags(), versionFlag()),
		HideVersion:                     true,
		HideHelpCommand:                 true,
		UseShortOptionHandling:          true,
		DisableSliceFlagSeparator:       true,
		EnableShellCompletion:           wantsCompletion(args),
		ConfigureShellCompletionCommand: configureCompletion,
		OnUsageError:                    usageError,
		ExitErrHandler:                  func(context.Context, *cli.Command, error) {},
		Writer:                          output,
		Action:                          rootAction,
	}
}

// commands are all commands, or for a start of a container those that it may be.
func commands(args []string, ahead *container.Ahead) []*cli.Command {
	all := []*cli.Command{runCommand(ahead), initCommand(), restoreCommand()}
	if wantsCompletion(args) {
		all = append(all, doctorCommand())
	}
	return all
}

func rootAction(_ context.Context, c *cli.Command) error {
	if c.Bool("version") {
		_, err := fmt.Fprintln(c.Root().Writer, versionText())
		return err
	}
	if name := c.Args().First(); name != "" && name != "help" {
		return &UsageError{fmt.Sprintf("unknown command %q%s", name, suggest(name, cli.SuggestCommand(c.VisibleCommands(), name)))}
	}
	return cli.ShowRootCommandHelp(c)
}

// UsageError says that the command line is wrong.
type UsageError struct{ message string }

func (e *UsageError) Error() string {
	return e.message + " (see mydocker --help, mydocker run --help)"
}

// usageError rewrites the parser's errors: it names the flag as the user would
// write it, and the nearest that exists.
func usageError(_ context.Context, c *cli.Command, err error, _ bool) error {
	if name, unknown := strings.CutPrefix(err.Error(), "flag provided but not defined: -"); unknown {
		return unknownFlag(knownFlags(c.Root(), c), name)
	}
	return &UsageError{err.Error()}
}

func unknownFlag(known []cli.Flag, name string) error {
	dashes := "--"
	if len(name) == 1 {
		dashes = "-"
	}
	return &UsageError{fmt.Sprintf("unknown flag %s%s%s", dashes, name, suggest(dashes+name, cli.SuggestFlag(known, name, false)))}
}

func suggest(given, nearest string) string {
	if !isNear(strings.TrimLeft(given, "-"), strings.TrimLeft(nearest, "-")) {
		return ""
	}
	return fmt.Sprintf("; did you mean %s?", nearest)
}
