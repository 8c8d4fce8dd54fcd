package cmd

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v3"
)

// separateCommand has the parser read "mydocker run ...", and exec, as Docker does: it gives the
// flags one form (see flagReader), and puts "--" before the user's command, so that
// the parser hands on everything behind it byte for byte.
//
// StopOnNthArg alone does not: as of cli v3.14.0 it drops a "--" right behind
// the command ("run sh -- x"), and goes on parsing flags behind an empty
// argument (`run printf "" -m`).
func separateCommand(app *cli.Command, args []string) ([]string, error) {
	at := commandIndex(app, args)
	if at == len(args) {
		return args, nil
	}
	if args[at] != runName && args[at] != execName && args[at] != createName {
		return attachedValues(app, args, at), nil
	}
	reader := &flagReader{app: app, command: args[at], rest: args[at+1:]}
	if err := reader.readAll(); err != nil {
		return nil, err
	}
	if isDocker(app) && (reader.command == runName || reader.command == createName) {
		if err := reader.takeImage(); err != nil {
			return nil, err
		}
	}
	separated := slices.Concat(args[:at+1], reader.flags)
	if reader.dashes || len(reader.rest) > 0 {
		separated = append(separated, "--")
	}
	return append(separated, reader.rest...), nil
}

// commandIndex is where the name of mydocker's own command stands, behind the global
// flags.
func commandIndex(app *cli.Command, args []string) int {
	for i := 1; i < len(args); i++ {
		if args[i] == "--" || !isFlag(args[i]) {
			return i
		}
		completeApp(app)
		if takesNext(app.Flags, args[i]) {
			i++
		}
	}
	return len(args)
}

func isFlag(arg string) bool { return len(arg) > 1 && arg[0] == '-' }

// takesNext reports whether arg is a known flag, or a group of short ones, whose
// value is the next argument.
func takesNext(known []cli.Flag, arg string) bool {
	name := strings.TrimPrefix(strings.TrimPrefix(arg, "-"), "-")
	name, _, hasValue := strings.Cut(name, "=")
	found, takes := takesValue(known, name)
	if !found && !strings.HasPrefix(arg, "--") {
		for _, short := range name {
			if found, takes = takesValue(known, string(short)); !found {
				break
			}
		}
	}
	return found && takes && !hasValue
}

func takesValue(known []cli.Flag, name string) (found, takes bool) {
	for _, flag := range known {
		if slices.Contains(flag.Names(), name) {
			return true, needsValue(flag)
		}
	}
	return false, false
}

// needsValue tells a flag that has a value from one that is a truth, or has a value
// behind "=" alone.
func needsValue(flag cli.Flag) bool {
	switch flag.(type) {
	case *cli.BoolFlag, *cli.GenericFlag:
		return false
	}
	return true
}

// knownFlags are those that may stand behind c: its own and the global ones.
func knownFlags(app, c *cli.Command) []cli.Flag {
	if c == app {
		return app.Flags
	}
	return slices.Concat(c.Flags, app.Flags)
}
