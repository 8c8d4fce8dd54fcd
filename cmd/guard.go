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
				return nil, unknownFlag(c, strings.TrimLeft(arg, "-"))
			}
			if takesNext(c, arg) {
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

func isFlag(arg string) bool { return len(arg) > 1 && arg[0] == '-' }

func startsWithLetter(arg string) bool {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(arg, "-"))
	return unicode.IsLetter(first)
}

// takesNext reports whether arg is a flag, or a group of short ones, whose
// value is the next argument.
func takesNext(c *cli.Command, arg string) bool {
	name := strings.TrimPrefix(strings.TrimPrefix(arg, "-"), "-")
	if strings.Contains(name, "=") {
		return false
	}
	if known, takes := takesValue(c, name); known || strings.HasPrefix(arg, "--") {
		return takes
	}
	_, size := utf8.DecodeLastRuneInString(name)
	_, takes := takesValue(c, name[len(name)-size:])
	return takes
}

func takesValue(c *cli.Command, name string) (known, takes bool) {
	for _, flag := range slices.Concat(c.Flags, c.Root().Flags) {
		if slices.Contains(flag.Names(), name) {
			_, isBool := flag.(*cli.BoolFlag)
			return true, !isBool
		}
	}
	return false, false
}
