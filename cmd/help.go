//go:build !front

package cmd

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/container/stdio"
)

// flagGroup is what the help shows under one heading.
type flagGroup struct {
	title string
	flags []cli.Flag
}

// flagGroups are all flags of run, in the order of docs/flags.md.
func flagGroups() []flagGroup {
	return []flagGroup{
		{"TERMINAL AND STREAMS", slices.Concat(streamFlags(), quietFlags())},
		{"LIMITS", slices.Concat(limitFlags(), resourceFlags())},
		{"CONTAINERS THAT STAY", slices.Concat(detachFlags(), attachFlags(), lifeFlags(), logDriverFlags(), notifyFlags())},
		{"TIME, SIGNALS AND THE REPORT", slices.Concat(lifetimeFlags(), reportFlags())},
		{"THE PROCESS'S WORLD", slices.Concat(environmentFlags(), processFlags())},
		{"ROOT FILE SYSTEM", slices.Concat(imageFlags(), rootFlags(), mountFlags())},
		{"WHAT THE COMMAND MAY DO", securityFlags()},
		{"NAMESPACES AND USERS", namespaceFlags()},
		{"NAME AND PID 1", lifecycleFlags()},
		{"TO LEARN", append(explainFlags(), helpFlag(helpOfFlags))},
	}
}

// everydayFlags are those of run that the short help shows.
func everydayFlags() []string {
	return []string{
		"interactive", "tty", "detach", "memory", "cpuset-cpus", "cpu-shares", "cpus", "pids-limit", "timeout", "report",
		"env", "workdir", "user", "image", "rootfs", "overlay", "read-only", "volume", "network", "init", "quiet", "explain", "dry-run",
	}
}

// exampleOf is a line to type and what it is for.
type exampleOf struct{ command, meaning string }

func runExamples() []exampleOf {
	return []exampleOf{
		{"mydocker run -ti bash", "a shell with 256 MiB, one CPU and no network"},
		{"mydocker run -m 1g --cpuset-cpus all --network host -- make test", "more memory, all CPUs, the host's network"},
		{"mydocker run -i -m 64m --timeout 2s --report r.json ./program <input", "judge a program"},
		{"mydocker run -ti --image debian -v .:/src -w /src bash", "an image, and the directory that you are in"},
		{"mydocker run --overlay -- sh install.sh", "try an installer: what it changes is thrown away"},
	}
}

func rootExamples() []exampleOf {
	return []exampleOf{
		{"mydocker run -ti /bin/sh", "a shell in a container"},
		{"mydocker run -ti --image alpine sh", "a shell in an image, which is pulled if it is missing"},
		{"mydocker run -m 100m -- stress --vm-bytes 200m --vm-keep -m 1", "a limit that holds"},
		{"mydocker doctor", "does it work on this host?"},
	}
}

// dockerExamples are those of both where the command line is Docker's.
func dockerExamples() []exampleOf {
	return []exampleOf{
		{"docker run -it --rm alpine sh", "a shell in a container of an image, which is pulled if it is not there"},
		{"docker run --name work debian touch /made", "a container that stays: docker commit work makes an image of it"},
		{"docker images", "the images that are there"},
	}
}

const exitStatuses = "Exit status: the command's own; 124 its time was up, 125 mydocker failed, 126 the command " +
	"cannot be executed, 127 it was not found, 128+n it was killed by signal n."

// The widths of a line of help: of one on a terminal as wide, and where there is none.
const (
	minHelpWidth   = 40
	maxHelpWidth   = 100
	plainHelpWidth = 80
)

// showHelp prints the help of a command as wide as the terminal.
func showHelp(c *cli.Command, all bool) error {
	width := plainHelpWidth
	if output, is := c.Root().Writer.(*stickyWriter); is && output.to == io.Writer(os.Stdout) {
		if columns := stdio.TerminalWidth(os.Stdout); columns > 0 {
			width = min(max(columns, minHelpWidth), maxHelpWidth)
		}
	}
	_, err := io.WriteString(c.Root().Writer, helpOf(c, all, width))
	return err
}

// helpOf is the text of a command's help.
func helpOf(c *cli.Command, all bool, width int) string {
	t := &helpText{width: width}
	t.paragraph(0, c.Usage)
	t.line("")
	title := "Usage: "
	for usage := range strings.Lines(c.UsageText) {
		t.paragraph(0, title+usage)
		title = "or "
	}
	if c.Description != "" {
		t.line("")
		t.paragraph(0, c.Description)
	}
	switch c.Name {
	case runName:
		t.run(programOf(c), all)
	case c.Root().Name:
		t.root(c, all)
	default:
		if len(c.Commands) > 0 {
			t.commands("COMMANDS", c.Commands)
		}
		t.flags("OPTIONS", c.VisibleFlags())
	}
	return t.String()
}

// run writes the part of the help that is about run alone.
func (t *helpText) run(name string, all bool) {
	examples := runExamples()
	if name == dockerName {
		examples = dockerExamples()
	}
	if !all {
		t.examples(examples)
		var everyday []cli.Flag
		for _, group := range flagGroups() {
			for _, flag := range group.flags {
				if slices.Contains(everydayFlags(), flag.Names()[0]) {
					everyday = append(everyday, flag)
				}
			}
		}
		t.flags("OPTIONS OF EVERY DAY", everyday)
		t.line("")
		t.paragraph(0, "All options: "+name+" run --help all")
		return
	}
	for _, group := range flagGroups() {
		t.flags(group.title, group.flags)
	}
	t.line("")
	t.paragraph(0, "The options for the log, which "+name+" --help shows, may stand here, too. Defaults for all of these can stand in "+systemConfig+" and ~/.config/"+configName+".")
	t.examples(examples)
}

// root writes the part of the help that is about the program as a whole.
func (t *helpText) root(app *cli.Command, all bool) {
	if isDocker(app) {
		t.examples(dockerExamples())
	} else {
		t.examples(rootExamples())
	}
	for _, category := range categories(app) {
		t.commands(cmp.Or(category, "COMMANDS"), slices.DeleteFunc(slices.Clone(app.Commands), func(c *cli.Command) bool { return c.Category != category }))
	}
	t.flags("GLOBAL OPTIONS", app.VisibleFlags())
	if all {
		for _, group := range flagGroups() {
			t.flags("RUN: "+group.title, group.flags)
		}
	}
	t.line("")
	t.paragraph(0, exitStatuses)
	if !all {
		t.line("")
		t.paragraph(0, fmt.Sprintf("The options of run: %[1]s run --help, and all of them: %[1]s run --help all", app.Name))
	}
}

// categories are those of the program's commands, in order: they are what the help groups the
// commands by. "" is that of those that are about the host's own files.
func categories(app *cli.Command) (list []string) {
	for _, c := range app.Commands {
		if !c.Hidden && !slices.Contains(list, c.Category) {
			list = append(list, c.Category)
		}
	}
	return list
}

func (t *helpText) commands(title string, list []*cli.Command) {
	t.title(title)
	for _, c := range list {
		if !c.Hidden {
			t.row(c.Name, c.Usage)
		}
	}
}

// helpCommand is Docker's word for --help.
func helpCommand() *cli.Command {
	return &cli.Command{
		Name: "help", Usage: "show the help of mydocker or a command: mydocker help run",
		UsageText: "mydocker help [COMMAND] [all]",
		Action: func(_ context.Context, c *cli.Command) error {
			words := c.Args().Slice()
			all := len(words) > 0 && words[len(words)-1] == helpAll
			if all {
				words = words[:len(words)-1]
			}
			command, count := commandOf(c.Root(), words)
			switch command = cmp.Or(command, c.Root()); {
			case count == len(words):
				return showHelp(command, all)
			case count == 0 || len(command.Commands) > 0:
				return unknownCommand(command, words[count])
			}
			return tooMany(c, words[count])
		},
	}
}
