package cmd

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v3"
)

func newApp(output io.Writer) *cli.Command {
	return &cli.Command{
		Name:      "mydocker",
		Usage:     "run a command in a container: isolated, limited, without a daemon",
		UsageText: "mydocker [global options] run [options] [--] COMMAND [ARG...]",
		Description: "Try:\n" +
			"mydocker run -ti /bin/sh\n" +
			"mydocker run -m 100m -- stress --vm-bytes 200m --vm-keep -m 1\n\n" +
			"Exit status: the command's own; 125 mydocker failed, 126 the command cannot\n" +
			"be executed, 127 it was not found, 128+n it was killed by signal n.",
		Commands:                        []*cli.Command{runCommand(), initCommand()},
		Flags:                           append(logFlags(), versionFlag()),
		HideVersion:                     true,
		HideHelpCommand:                 true,
		UseShortOptionHandling:          true,
		EnableShellCompletion:           true,
		ConfigureShellCompletionCommand: showCompletion,
		OnUsageError:                    usageError,
		ExitErrHandler:                  func(context.Context, *cli.Command, error) {},
		Writer:                          output,
		Action:                          rootAction,
	}
}

func rootAction(_ context.Context, c *cli.Command) error {
	if c.Bool("version") {
		_, err := fmt.Fprintln(c.Root().Writer, versionText())
		return err
	}
	if name := c.Args().First(); name != "" {
		return &UsageError{fmt.Sprintf("unknown command %q%s", name, suggest(cli.SuggestCommand(c.Commands, name)))}
	}
	return cli.ShowRootCommandHelp(c)
}

func showCompletion(c *cli.Command) {
	c.Hidden = false
	c.Usage = "print a completion script: mydocker completion bash|zsh|fish"
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
		return unknownFlag(c, name)
	}
	return &UsageError{err.Error()}
}

func unknownFlag(c *cli.Command, name string) error {
	dashes := "--"
	if len(name) == 1 {
		dashes = "-"
	}
	known := append(c.Flags, c.Root().Flags...)
	return &UsageError{fmt.Sprintf("unknown flag %s%s%s", dashes, name, suggest(cli.SuggestFlag(known, name, false)))}
}

func suggest(name string) string {
	if name == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %s?", name)
}
