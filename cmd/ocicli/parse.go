package ocicli

import (
	"fmt"
	"strconv"
	"strings"
)

// flag is one that a verb has, or the runtime before the verb.
type flag struct {
	name, short string
	// value stands for the value in the help, "" is a switch.
	value string
	usage string
}

// arguments are a part of the command line, taken apart.
type arguments struct {
	values map[string][]string
	words  []string
}

// parse takes flags and words apart, which may be in any order, up to a number of words (0 for
// all): what follows the last of them is a word, whatever it looks like. A flag may begin with one
// hyphen or two, and have its value behind a "=" or in the next argument; "--" ends the flags.
// With an error comes what was read before it.
func parse(flags []flag, args []string, most int) (*arguments, error) {
	a := &arguments{values: map[string][]string{}}
	for len(args) > 0 && (most == 0 || len(a.words) < most) {
		arg := args[0]
		args = args[1:]
		if arg == "--" {
			break
		}
		if len(arg) < 2 || arg[0] != '-' {
			a.words = append(a.words, arg)
			continue
		}
		name, value, hasValue := strings.Cut(strings.TrimPrefix(arg[1:], "-"), "=")
		f := find(flags, name)
		if f == nil {
			return a, usageError("flag provided but not defined: -%s", name)
		}
		if f.value != "" && !hasValue {
			if len(args) == 0 {
				return a, usageError("flag needs an argument: -%s", name)
			}
			value, args = args[0], args[1:]
		}
		if f.value == "" {
			on, err := strconv.ParseBool(value)
			if hasValue && err != nil {
				return a, usageError("invalid boolean value %q for -%s", value, name)
			}
			value = strconv.FormatBool(on || !hasValue)
		}
		a.values[f.name] = append(a.values[f.name], value)
	}
	a.words = append(a.words, args...)
	return a, nil
}

func find(flags []flag, name string) *flag {
	for n := range flags {
		if f := &flags[n]; name != "" && (name == f.name || name == f.short) {
			return f
		}
	}
	return nil
}

// has reports whether a flag is there, on whether a switch is.
func (a *arguments) has(name string) bool { return len(a.values[name]) > 0 }
func (a *arguments) on(name string) bool  { return a.text(name) == "true" }

// text is the value of a flag, the last if it is there several times, and "" without it.
func (a *arguments) text(name string) string {
	if values := a.values[name]; len(values) > 0 {
		return values[len(values)-1]
	}
	return ""
}

// count is the value of a flag that is a number, and not below zero.
func (a *arguments) count(name string) (int, error) {
	if !a.has(name) {
		return 0, nil
	}
	number, err := strconv.ParseInt(a.text(name), 0, 32)
	if err != nil || number < 0 {
		return 0, usageError("invalid value %q for flag -%s: a number is needed", a.text(name), name)
	}
	return int(number), nil
}

// usageError says that the command line is wrong.
type usageErr struct{ message string }

func (e *usageErr) Error() string { return e.message }

func usageError(format string, operands ...any) error {
	return &usageErr{fmt.Sprintf(format, operands...)}
}
