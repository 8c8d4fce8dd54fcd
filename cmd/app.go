package cmd

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
)

// newApp is the command line of mydocker. For a start of a container it has no more
// than most starts need, until completeApp adds the rest.
func newApp(output io.Writer, args []string) *cli.Command {
	app := &cli.Command{
		Name:                      nameIn(args),
		Usage:                     "run a command in a container: isolated, limited, without a daemon",
		UsageText:                 "mydocker [global options] run [options] [--] COMMAND [ARG...]",
		Commands:                  []*cli.Command{runCommand()},
		HideVersion:               true,
		Version:                   version,
		HideHelp:                  true,
		HideHelpCommand:           true,
		UseShortOptionHandling:    true,
		DisableSliceFlagSeparator: true,
		OnUsageError:              usageError,
		ExitErrHandler:            func(context.Context, *cli.Command, error) {},
		Writer:                    output,
		Action:                    rootAction,
	}
	switch {
	case isOfFront(args) && args[1] != runName:
		addFront(app, args[1])
	case !isOfFront(args):
		completeApp(app)
	}
	return app
}

// isOfFront tells whether args are those of a command that the front program has, and show nothing
// else: of a start of a container, and of what is asked for as often.
func isOfFront(args []string) bool {
	return len(args) > 1 && (args[1] == runName || isAmong(frontCommands(), args[1]))
}

// frontCommand is a command that is built for itself alone, or with all others.
type frontCommand struct {
	name string
	make func() *cli.Command
}

// frontCommands are those of the front program but run.
func frontCommands() []frontCommand {
	return append(containerVerbs(), frontCommand{bootName, bootCommand})
}

// containerVerbs are those that Docker has in its group container, too.
func containerVerbs() []frontCommand {
	return []frontCommand{
		{execName, execCommand}, {attachName, attachCommand}, {createName, createCommand}, {startName, startCommand}, {stopName, stopCommand}, {restartName, restartCommand},
		{killName, killCommand}, {waitName, waitCommand}, {pauseName, pauseCommand}, {unpauseName, unpauseCommand}, {renameName, renameCommand},
		{rmName, rmCommand},
	}
}

func isAmong(commands []frontCommand, name string) bool {
	return slices.ContainsFunc(commands, func(c frontCommand) bool { return c.name == name })
}

// addFront adds one of them.
func addFront(app *cli.Command, name string) {
	for _, f := range frontCommands() {
		if f.name == name {
			c := f.make()
			completeCommandOf(c)
			app.Commands = append(app.Commands, c)
		}
	}
}

// completeApp gives app the flags that are rare, help, and all other commands. They
// take a tenth of the time of a start, so it has them only if it shows one that it
// does not know.
func completeApp(app *cli.Command) {
	if isComplete(app) {
		return
	}
	app.Flags = append(logFlags(), stateFlag(), versionFlag())
	run := app.Command(runName)
	run.Flags = append(run.Flags, rareFlags()...)
	for _, f := range frontCommands() {
		if app.Command(f.name) == nil {
			addFront(app, f.name)
		}
	}
	create := app.Command(createName)
	create.Flags = append(create.Flags, rareFlags()...)
	others := slices.Concat(otherCommands(), []*cli.Command{initCommand(), restoreCommand()})
	for _, c := range others {
		completeCommandOf(c)
	}
	app.Commands = append(app.Commands, others...)
	withHelp(app, helpFlag(helpOfFlags, "h"))
	withHelp(run, helpFlag(helpOfFlags)) // its -h is the host's name
	if isDocker(app) {
		speakDocker(app)
	}
}

// completeCommandOf gives a command, and those that are a group's, what all have.
func completeCommandOf(c *cli.Command) {
	c.HideHelpCommand, c.OnUsageError = true, usageError
	if c.Name == createName || c.Name == runName {
		withHelp(c, helpFlag(helpOfFlags)) // its -h is the host's name
		return
	}
	if len(c.Commands) > 0 && c.Action == nil {
		c.Action = groupAction
	}
	withHelp(c, helpFlag(helpOfOne, "h"))
	for _, below := range c.Commands {
		completeCommandOf(below)
	}
}

// groupAction is what a group of commands does without one of them.
func groupAction(_ context.Context, c *cli.Command) error {
	if c.NArg() > 0 {
		return unknownCommand(c, c.Args().First())
	}
	return showHelp(c, false)
}

// commandOf is the command that words begin with, and how many of them name it: two for one of
// a group.
func commandOf(app *cli.Command, words []string) (c *cli.Command, count int) {
	for _, word := range words {
		next := cmp.Or(c, app).Command(word)
		if next == nil {
			break
		}
		c = next
		count++
	}
	return c, count
}

// isComplete tells whether app has its rare flags. Nobody else needs to know: a flag that
// app does not have reads as one that is not set.
func isComplete(app *cli.Command) bool { return app.Command(initName) != nil }

func rootAction(_ context.Context, c *cli.Command) error {
	if c.Bool("version") {
		return printVersion(c, false)
	}
	if c.NArg() > 0 {
		return unknownCommand(c, c.Args().First())
	}
	return showHelp(c, false)
}

// tooMany refuses an argument of a command that takes none, or so many.
func tooMany(c *cli.Command, arg string) error {
	return exit.Usage(fmt.Sprintf("%s: there is one argument too many: %q", c.Name, arg))
}

// unknownCommand says what to do instead of a command that c, the program or a group, has not.
func unknownCommand(c *cli.Command, name string) error {
	full := name
	if c != c.Root() {
		full = c.Name + " " + name
	}
	if text := insteadOfCommand(name); text != "" {
		return exit.Usage(fmt.Sprintf("there is no command %q: %s", full, text))
	}
	text := suggest(name, nearestCommand(c.VisibleCommands(), name))
	if text == "" && c == c.Root() && isProgram(name) {
		text = "; a container runs it: mydocker run " + name
	}
	return exit.Usage(fmt.Sprintf("unknown command %q%s", full, text))
}

// helpOn is how to see the help on the command that args name.
func helpOn(app *cli.Command, args []string) string {
	for i := 1; i < len(args); i++ {
		if c, count := commandOf(app, args[i:]); c != nil && !c.Hidden && c.Name != "help" {
			return app.Name + " " + strings.Join(args[i:i+count], " ") + " --help"
		}
	}
	return app.Name + " --help"
}

// usageError rewrites the parser's errors: it names the flag as the user would
// write it, and the nearest that exists.
func usageError(_ context.Context, c *cli.Command, err error, _ bool) error {
	if name := c.Args().First(); name != "" && len(c.Commands) > 0 {
		return unknownCommand(c, name)
	}
	if name, unknown := strings.CutPrefix(err.Error(), "flag provided but not defined: -"); unknown {
		if c == c.Root() {
			return unknownGlobalFlag(c, name)
		}
		return unknownFlag(knownFlags(c.Root(), c), dashed(name))
	}
	return exit.Usage(ownWords(err.Error()))
}

// unknownGlobalFlag says what to do instead of a flag before the command: it may be one
// of run, or a group of those, or one of Docker's for its client.
func unknownGlobalFlag(app *cli.Command, name string) error {
	ofRun := app.Command(runName).Flags
	group := !strings.ContainsFunc(name, func(short rune) bool {
		return named(ofRun, string(short)) == nil && insteadOfFlag(string(short)) == ""
	})
	switch text := find(name, dockerGlobalFlags()); {
	case text != "":
		return exit.Usage(fmt.Sprintf("there is no %s: %s", dashed(name), text))
	case named(ofRun, name) != nil:
		return exit.Usage(fmt.Sprintf("%s is a flag of run, and stands behind it: %s run %[1]s ...", dashed(name), app.Name))
	case group && len(name) > 1 && suggest(name, cli.SuggestFlag(app.Flags, name, false)) == "":
		return exit.Usage(fmt.Sprintf("-%s are flags of run, and stand behind it: %s run -%[1]s ...", name, app.Name))
	}
	return unknownFlag(app.Flags, dashed(name))
}

const neitherTrueNorFalse = "neither true nor false"

// ownWords says what the parser says of a value as the rest of mydocker does.
func ownWords(message string) string {
	value, rest, found := strings.Cut(message, " for flag -")
	name, why, _ := strings.Cut(rest, ": ")
	if !found {
		return message
	}
	if why == "parse error" {
		why = neitherTrueNorFalse
	}
	return value + " for " + dashed(name) + ": " + why
}

// unknownFlag says what to do instead of a flag, which is given as the user wrote it.
func unknownFlag(known []cli.Flag, given string) error {
	name := strings.TrimLeft(given, "-")
	if text := insteadOfFlag(name); text != "" {
		return exit.Usage(fmt.Sprintf("there is no %s: %s", given, text))
	}
	if len(name) == 1 && given != "-"+name {
		for _, flag := range known {
			if slices.Contains(flag.Names(), name) {
				return exit.Usage(fmt.Sprintf("unknown flag %s; did you mean -%s?", given, name))
			}
		}
	}
	return exit.Usage(fmt.Sprintf("unknown flag %s%s", given, suggest(name, cli.SuggestFlag(known, name, false))))
}

func suggest(given, nearest string) string {
	if !isNear(strings.TrimLeft(given, "-"), strings.TrimLeft(nearest, "-")) {
		return ""
	}
	return fmt.Sprintf("; did you mean %s?", nearest)
}
