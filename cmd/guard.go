package cmd

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/urfave/cli/v3"
)

// guardCommand puts "--" before the user's command in "mydocker run ...", so
// that the parser hands on everything behind it byte for byte.
//
// StopOnNthArg alone does not: as of cli v3.14.0 it drops a "--" right behind
// the command ("run sh -- x"), and goes on parsing flags behind an empty
// argument ("run printf ” -m").
func guardCommand(app *cli.Command, args []string) ([]string, error) {
	c := app
	for i := 1; i < len(args); i++ {
		switch arg := args[i]; {
		case arg == "--":
			return args, nil
		case isFlag(arg):
			if !startsWithLetter(arg) {
				return nil, unknownFlag(knownFlags(app, c), strings.TrimLeft(arg, "-"))
			}
			found, takes := takesNext(knownFlags(app, c), arg)
			if !found && !isComplete(app) {
				completeApp(app)
				found, takes = takesNext(knownFlags(app, c), arg)
			}
			if !found {
				args = detached(knownFlags(app, c), args, i)
			}
			if takes {
				i++
			}
		case c != app:
			return slices.Insert(slices.Clone(args), i, "--"), nil
		case arg != runName:
			return args, nil
		default:
			c = app.Command(runName)
		}
	}
	return args, nil
}

// knownFlags are those that may stand behind c: its own and the global ones.
func knownFlags(app, c *cli.Command) []cli.Flag {
	if c == app {
		return app.Flags
	}
	return slices.Concat(c.Flags, app.Flags)
}

func isFlag(arg string) bool { return len(arg) > 1 && arg[0] == '-' }

func startsWithLetter(arg string) bool {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(arg, "-"))
	return unicode.IsLetter(first)
}

// takesNext reports whether arg is a known flag, or a group of short ones, and
// whether its value is the next argument.
func takesNext(known []cli.Flag, arg string) (found, takes bool) {
	name := strings.TrimPrefix(strings.TrimPrefix(arg, "-"), "-")
	name, _, hasValue := strings.Cut(name, "=")
	if found, takes = takesValue(known, name); !found && !strings.HasPrefix(arg, "--") {
		for _, short := range name {
			if found, takes = takesValue(known, string(short)); !found {
				break
			}
		}
	}
	return found, takes && !hasValue
}

// detached puts "=" between a short flag and the value that is attached to it, as
// in -m64m, where that is argument i. What begins with a letter is no value but a
// flag that is written wrongly, if it is not of the form -eNAME=VALUE, in which the
// name of a variable begins with a capital.
func detached(known []cli.Flag, args []string, i int) []string {
	arg := args[i]
	if len(arg) < 3 || arg[1] == '-' {
		return args
	}
	first, _ := utf8.DecodeRuneInString(arg[2:])
	if unicode.IsLetter(first) && (arg[1] != 'e' || !unicode.IsUpper(first) || !strings.Contains(arg, "=")) {
		return args
	}
	if _, takes := takesValue(known, arg[1:2]); !takes {
		return args
	}
	args = slices.Clone(args)
	args[i] = arg[:2] + "=" + arg[2:]
	return args
}

func takesValue(known []cli.Flag, name string) (found, takes bool) {
	for _, flag := range known {
		if slices.Contains(flag.Names(), name) {
			switch flag.(type) {
			case *cli.BoolFlag, *cli.GenericFlag: // the latter's value is optional, behind "="
				return true, false
			}
			return true, true
		}
	}
	return false, false
}
