package cmd

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
)

// Called as docker, by a link or as "mydocker docker", mydocker has Docker's command line: the
// first word behind run is the image, and what Docker does unless told otherwise is done. All
// else is the same, since names and flags are Docker's anyway.
const (
	ownName    = "mydocker"
	dockerName = "docker"
)

// calledBy returns args with the name first that counts: that of "mydocker docker ps" is docker.
func calledBy(args []string) []string {
	if len(args) > 1 && args[1] == dockerName {
		return args[1:]
	}
	return args
}

// nameIn is the program's name in args, docker or mydocker, whatever its file is called.
func nameIn(args []string) string {
	if len(args) > 0 && filepath.Base(args[0]) == dockerName {
		return dockerName
	}
	return ownName
}

func isDocker(app *cli.Command) bool { return app.Name == dockerName }

// programOf is the program's name, for what is said of a command.
func programOf(c *cli.Command) string {
	if isDocker(c.Root()) {
		return dockerName
	}
	return ownName
}

// speakDocker has the help say what is typed where the command line is Docker's.
func speakDocker(app *cli.Command) {
	app.Usage = "mydocker with Docker's command line: containers and images without a daemon"
	app.UsageText = "docker [global options] COMMAND [ARG...]"
	for commands := app.Commands; len(commands) > 0; {
		c := commands[0]
		commands = append(slices.Clone(commands[1:]), c.Commands...)
		c.UsageText = strings.ReplaceAll(c.UsageText, "mydocker ", "docker ")
		if c.Name == runName {
			c.UsageText = strings.Replace(c.UsageText, "[--] COMMAND [ARG...]", "IMAGE [COMMAND [ARG...]]", 1)
		}
	}
}

// containerName is the group that Docker has all commands for containers in.
const containerName = "container"

// withoutContainer turns the long form of a command that the front program has, such as "container
// run", into the short one, where nothing stands before it.
func withoutContainer(args []string) []string {
	if len(args) > 2 && args[1] == containerName {
		return shortened(args, 1)
	}
	return args
}

// withoutGroup is the same behind the global flags.
func withoutGroup(app *cli.Command, args []string) []string {
	if at := commandIndex(app, args); at+1 < len(args) {
		return shortened(args, at)
	}
	return args
}

// shortened is without the group at a place, if what is behind that has a short form.
func shortened(args []string, at int) []string {
	if short := shortForm(args[at], args[at+1]); short != "" {
		return slices.Concat(args[:at], []string{short}, args[at+2:])
	}
	return args
}

// shortForm is what "container WORD" is without the group, where WORD is a command of package cmd, or
// "image WORD" and it is told what to do instead; "" for all others.
func shortForm(group, word string) string {
	switch {
	case group != containerName && group != "image":
	case insteadOfCommand(word) != "":
		return word
	case group == containerName && word == "remove":
		return rmName
	case group == containerName && (word == runName || word == updateName || isAmong(containerVerbs(), word)):
		return word
	}
	return ""
}

// takeImage makes mydocker's own form of Docker's run. What Docker does unless told otherwise
// stands before what the user says, which counts more.
func (r *flagReader) takeImage() error {
	given := func(name string) bool {
		return slices.ContainsFunc(r.flags, func(flag string) bool {
			return flag == dashed(name) || strings.HasPrefix(flag, dashed(name)+"=")
		})
	}
	switch {
	case given("image"):
		return exit.Usage("there is no --image: the first word that is no flag names it")
	case len(r.rest) == 0 && given("help"):
		return nil
	case len(r.rest) == 0:
		return exit.Usage("run: no image given")
	case r.rest[0] == "":
		return exit.Usage(`run: "" names no image`)
	}
	completeApp(r.app)
	r.flags = slices.Concat([]string{"--rm=false", "--pids-limit=-1"}, r.flags, []string{"--image=" + r.rest[0]})
	r.rest, r.dashes = r.rest[1:], false
	return nil
}
