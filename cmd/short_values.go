package cmd

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v3"
)

// attachedValues has the parser read values that stand right behind a short flag, as in stop -t5 or
// images -qfdangling=true: each gets the form -t=5. Of run, exec and create flagReader reads all flags.
func attachedValues(app *cli.Command, args []string, at int) []string {
	c := app.Command(args[at])
	for next := at + 1; c != nil && next < len(args) && c.Command(args[next]) != nil; next++ {
		c, at = c.Command(args[next]), next
	}
	if c == nil || c.SkipFlagParsing {
		return args
	}
	known := knownFlags(app, c)
	read := slices.Clone(args[:at+1])
	for i := at + 1; i < len(args); i++ {
		arg := args[i]
		isLast := arg == "--" || !isFlag(arg) && c.StopOnNthArg != nil
		if isLast {
			return append(read, args[i:]...)
		}
		words := attachedValue(known, arg)
		read = append(read, words...)
		if words[0] == arg && takesNext(known, arg) && i+1 < len(args) {
			i++
			read = append(read, args[i])
		}
	}
	return read
}

// attachedValue makes of -qfx, where f has a value, -q and -f=x.
func attachedValue(known []cli.Flag, arg string) []string {
	group, isShort := strings.CutPrefix(arg, "-")
	name, _, _ := strings.Cut(group, "=")
	if isLong, _ := takesValue(known, name); !isShort || isLong || strings.HasPrefix(group, "-") {
		return []string{arg}
	}
	for at := range len(group) { // all names are ASCII
		short, value := group[at:at+1], group[at+1:]
		found, takes := takesValue(known, short)
		switch {
		case !found || takes && (value == "" || value[0] == '='):
			return []string{arg}
		case takes && at == 0:
			return []string{"-" + short + "=" + value}
		case takes:
			return []string{"-" + group[:at], "-" + short + "=" + value}
		}
	}
	return []string{arg}
}
