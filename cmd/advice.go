package cmd

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/stdio"
)

// printAdvice says in one line what helps where a run did not do what was meant, as
// far as that can be told, and if a person sees it: on a terminal. A log of
// mydocker's has no hints, and --quiet wants none.
func printAdvice(app *cli.Command, args []string, err error) {
	if !slices.Contains(args, runName) || !stdio.IsTerminal(os.Stderr) {
		return
	}
	run := app.Command(runName)
	if run.Bool("quiet") || app.String("log-format") == "json" || app.String("log") != "" {
		return
	}
	text := adviceOnError(run, args, err)
	if ended := endedWith(err); text == "" && ended >= 0 && hasRun(run) {
		text = adviceOnEnd(run, ended)
	}
	if text != "" {
		messages := cmp.Or[io.Writer](app.ErrWriter, os.Stderr)
		fmt.Fprintf(messages, "mydocker: hint: %s\n", text) //nolint:errcheck // where stderr fails there is nobody to tell
	}
}

// endedWith is the command's status, or -1 where it was not run.
func endedWith(err error) int {
	var status exit.Status
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		return int(status)
	}
	return -1
}

// hasRun tells whether a container was what run was asked for.
func hasRun(run *cli.Command) bool {
	if help, is := run.Value("help").(string); is && help != "" {
		return false
	}
	return isParsed(run) && run.NArg() > 0 && !parseDryRun(run).on
}

// isParsed tells whether the parser got to a command's arguments.
func isParsed(c *cli.Command) bool { return c.Args() != nil }

// adviceOnError is about a command that did not start.
func adviceOnError(run *cli.Command, args []string, err error) string {
	var usage *exit.UsageError
	var step *container.StepError
	switch {
	case errors.As(err, &usage):
		return swallowedCommand(run, args)
	case container.NoSuchCommand(err):
		return adviceOnCommand(run, run.Args().Slice())
	case os.Geteuid() != 0 && errors.As(err, &step) && strings.HasSuffix(step.Step, " cgroups"):
		return "mydocker doctor tells what limits an ordinary user can have here, and what helps"
	}
	return ""
}

// swallowedCommand is about a command that stands where a flag wants its value, as in
// "run -m true".
func swallowedCommand(run *cli.Command, args []string) string {
	last := len(args) - 1
	if !isParsed(run) || run.NArg() > 0 || last < 2 || !isFlag(args[last-1]) || !takesNext(knownFlags(run.Root(), run), args[last-1]) {
		return ""
	}
	if !isProgram(args[last]) {
		return ""
	}
	return fmt.Sprintf("%s was taken for the value of %s, which needs one before the command", strconv.Quote(args[last]), args[last-1])
}

// shellsOwn are words that a shell knows by itself, and what does the same here.
func shellsOwn() []hint {
	return []hint{
		{"cd pushd popd", "-w DIR sets the command's directory"},
		{"export declare", "-e NAME=VALUE sets a variable"},
		{"umask", "--umask sets the mask"},
		{"ulimit", "--ulimit sets a limit"},
		{". alias bg builtin command eval exec exit fg for function history if jobs local read return set shift source time trap type unalias unset wait while {", ""},
	}
}

// adviceOnCommand is about a command that does not exist.
func adviceOnCommand(run *cli.Command, words []string) string {
	command := words[0]
	name, _, isVariable := strings.Cut(command, "=")
	switch {
	case strings.HasPrefix(command, "-"):
		return "flags of run stand before --, which ends them"
	case strings.IndexFunc(command, isOtherDash) == 0:
		return "it begins with a dash that is no hyphen, as text programs make them; flags begin with - or --"
	case len(words) == 1 && strings.ContainsAny(command, "|;&<>$"):
		return "a line for a shell is run by one: " + typedAs(run, "", "sh -c LINE")
	case strings.ContainsAny(command, " \t\n"):
		return "the command is one word with spaces in it; without the quotes they separate its arguments"
	case isVariable && name != "" && strings.Trim(name, letters+"_") == "":
		return "a variable is set by -e before the command: " + typedAs(run, "-e NAME=VALUE", "COMMAND")
	}
	for _, own := range shellsOwn() {
		if slices.Contains(strings.Fields(own.names), command) {
			text := command + " is a word of the shell's own, no program: " + typedAs(run, "", "sh -c LINE")
			if own.text != "" {
				text += "; " + own.text
			}
			return text
		}
	}
	return ""
}

// typedAs is how a command is run with flags, where run was called: in the same image, and as
// docker or mydocker.
func typedAs(run *cli.Command, flags, command string) string {
	words := []string{ownName, runName, flags, command}
	switch image := run.String(imageName); {
	case isDocker(run.Root()):
		words = []string{dockerName, runName, flags, image, command}
	case image != "":
		words = []string{ownName, runName, "--image " + image, flags, command}
	}
	return strings.Join(slices.DeleteFunc(words, func(word string) bool { return word == "" }), " ")
}

// isOtherDash tells a dash, or a minus sign, that is not the keyboard's.
func isOtherDash(r rune) bool { return r >= '\u2010' && r <= '\u2015' || r == '\u2212' }

// adviceOnEnd is about a command that ran, and may have missed something.
func adviceOnEnd(run *cli.Command, status int) string {
	switch {
	case run.String("network") != modeHost && failedItself(status) && needsNetwork(run.Args().Slice()):
		return "the container has no network but a loopback device; --network host gives it the host's"
	case failedItself(status) && run.NArg() > 1 && hidesUsers(run):
		return "where changes are kept no user can be added, for /etc/shadow is hidden; --hide none shows it"
	case !run.Bool("interactive") && run.NArg() == 1 && isTypedTo(run.Args().First()) && stdio.IsTerminal(os.Stdin):
		command := run.Args().First()
		return fmt.Sprintf("without -i nothing that is typed reaches %s: %s", command, typedAs(run, "-ti", command))
	case !run.Bool("interactive") && stdio.HasUnread(os.Stdin) && !sharesStdin():
		return "stdin was not passed on; -i does that"
	}
	return ""
}

// hidesUsers tells whether a command, such as the script of a package, can add no users:
// where changes are kept, /etc/shadow is covered.
func hidesUsers(run *cli.Command) bool {
	overlay, is := run.Value("overlay").(overlayValue)
	return is && overlay.changes != "" && os.Geteuid() == 0 && !slices.Contains(listOf(run, "hide"), hideNone)
}

// isTypedTo tells whether a command that is given alone reads the keyboard.
func isTypedTo(command string) bool {
	const programs = "sh bash dash ash ksh zsh fish su python python3 node cat bc top htop vi vim nano tmux screen"
	return slices.Contains(strings.Fields(programs), filepath.Base(command))
}

// sharesStdin tells whether somebody else reads stdin, too, as the shell does in
// "while read x; do mydocker run ...; done". A file has been read from then. A pipe is
// then also the caller's stdin. For a file that would prove nothing: dash has a file as
// its own stdin while a command runs whose stdin it is.
func sharesStdin() bool {
	own, err := os.Stdin.Stat()
	if err != nil {
		return false
	}
	if own.Mode().IsRegular() {
		at, err := os.Stdin.Seek(0, io.SeekCurrent)
		return err == nil && at > 0
	}
	callers, err := os.Stat(fmt.Sprintf("/proc/%d/fd/%d", os.Getppid(), syscall.Stdin))
	return err == nil && os.SameFile(own, callers)
}

// failedItself tells whether the command ended by itself, and not by mydocker or a signal,
// with a status that says that it failed.
func failedItself(status int) bool {
	return status > 0 && status < container.CodeTimedOut || status == 128 || status == 255
}
