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
	app.Command(runName).UsageText = "docker run [options] IMAGE [COMMAND [ARG...]]"
	for commands := app.Commands; len(commands) > 0; {
		c := commands[0]
		commands = append(slices.Clone(commands[1:]), c.Commands...)
		c.UsageText = strings.ReplaceAll(c.UsageText, "mydocker ", "docker ")
	}
}

// withoutGroup turns Docker's long form of a command, such as "container run", into the short
// one, where app does not have the long form itself.
func withoutGroup(app *cli.Command, args []string) []string {
	at := commandIndex(app, args)
	if !isDocker(app) || at+1 >= len(args) {
		return args
	}
	group, word := args[at], args[at+1]
	if c := app.Command(group); c != nil && c.Command(word) != nil {
		return args
	}
	short := shortForm(group, word)
	if short == "" || app.Command(short) == nil && insteadOfCommand(short) == "" {
		return args
	}
	return slices.Concat(args[:at], []string{short}, args[at+2:])
}

// shortForm is what "container WORD" or "image WORD" is without the group, "" where that is none
// of the two.
func shortForm(group, word string) string {
	switch group + " " + word {
	case "container ls", "container list":
		return "ps"
	case "container remove":
		return "rm"
	case "image ls", "image list":
		return "images"
	case "image rm", "image remove":
		return "rmi"
	}
	if group == "container" || group == "image" {
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
