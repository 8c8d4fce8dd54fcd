package cmd

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
)

// flagReader reads the flags of run, or exec, as Docker does, and writes each in a form that the
// parser cannot take for something else: a group of short ones becomes one argument
// for each, and a value that is attached to its flag stands behind "=".
type flagReader struct {
	app     *cli.Command
	command string   // whose flags they are
	flags   []string // what was read, in that form
	rest    []string // what was not: in the end the user's command
	dashes  bool     // whether "--" stands before the command
}

func (r *flagReader) readAll() error {
	for len(r.rest) > 0 && isFlag(r.rest[0]) {
		arg := r.rest[0]
		r.rest = r.rest[1:]
		if r.dashes = arg == "--"; r.dashes {
			return nil
		}
		if err := r.read(arg); err != nil {
			return err
		}
	}
	return nil
}

// read reads a flag, or a group of short ones. One dash before a long name is the
// articles' style, as in -cpuset 1.
func (r *flagReader) read(arg string) error {
	long, isLong := strings.CutPrefix(arg, "--")
	if !isLong {
		long = arg[1:]
	}
	name, value, hasValue := strings.Cut(long, "=")
	flag := r.find(name)
	if flag != nil && utf8.RuneCountInString(name) > 1 {
		return r.add(flag, arg, arg, value, hasValue)
	}
	if isLong {
		return r.unknown(arg, name)
	}
	return r.readGroup(arg)
}

// readGroup reads short flags behind one dash. Behind one that needs a value that is
// the rest of the argument, with or without "=", or the next argument.
func (r *flagReader) readGroup(arg string) error {
	for rest := arg[1:]; rest != ""; {
		_, size := utf8.DecodeRuneInString(rest)
		short := rest[:size]
		rest = rest[size:]
		flag := r.find(short)
		if flag == nil {
			return r.unknown(arg, short)
		}
		if needsDigit(flag) && startsWithLetter(rest) {
			return r.unknown(arg, arg[1:])
		}
		written := "-" + short
		value, hasValue := strings.CutPrefix(rest, "=")
		switch {
		case hasValue && value == "":
			return exit.Usage(fmt.Sprintf("there is no value behind %q", arg))
		case hasValue || needsValue(flag) && rest != "":
			return r.add(flag, arg, written+"="+value, value, true)
		}
		if err := r.add(flag, arg, written, "", false); err != nil {
			return err
		}
	}
	return nil
}

// add writes a flag and its value, which may be in the next argument. given is the
// argument that the user wrote, written the form for the parser.
func (r *flagReader) add(flag cli.Flag, given, written, value string, hasValue bool) error {
	name := flag.Names()[0]
	if !needsValue(flag) {
		if _, isBool := flag.(*cli.BoolFlag); isBool && hasValue {
			if _, err := strconv.ParseBool(value); err != nil {
				return exit.Usage(fmt.Sprintf("invalid value %q for %s: neither true nor false", value, dashed(name)))
			}
		}
		if hasValue && value == "" { // for the parser that would be true
			return exit.Usage(fmt.Sprintf("there is no value behind %q", given))
		}
		r.flags = append(r.flags, written)
		return nil
	}
	if hasValue {
		r.flags = append(r.flags, written)
	} else {
		if len(r.rest) == 0 {
			return exit.Usage(written + " needs a value")
		}
		value = r.rest[0]
		r.rest = r.rest[1:]
		r.flags = append(r.flags, written, value)
	}
	if value == "" && emptyIsNone(name) {
		r.remove(flag)
	}
	return nil
}

// remove takes a flag back, as often as it was given.
func (r *flagReader) remove(flag cli.Flag) {
	var others []string
	for i := 0; i < len(r.flags); i++ {
		name, _, hasValue := strings.Cut(strings.TrimLeft(r.flags[i], "-"), "=")
		other := r.find(name)
		end := i
		if !hasValue && needsValue(other) {
			end++
		}
		if other != flag {
			others = append(others, r.flags[i:end+1]...)
		}
		i = end
	}
	r.flags = others
}

// emptyIsNone tells the flags that an empty value takes back, as in Docker: what comes
// from "$VAR" may be empty.
func emptyIsNone(name string) bool {
	return slices.Contains([]string{
		"cpuset-cpus", "cpuset-mems", "cgroup-parent", "stop-signal", "name", "cidfile", "pidfile",
		"hostname", "domainname", "user", "workdir", "pid", "ipc", "uts", "cgroupns", "userns",
	}, name)
}

// find is the flag of a name, of the command or one that is global, or nil. The version is
// asked for before run; behind it -v is Docker's.
func (r *flagReader) find(name string) cli.Flag {
	if flag := r.findKnown(name); flag != nil {
		return flag
	}
	completeApp(r.app)
	return r.findKnown(name)
}

func (r *flagReader) findKnown(name string) cli.Flag {
	for _, flags := range [...][]cli.Flag{r.app.Command(r.command).Flags, r.app.Flags} {
		for _, flag := range flags {
			if names := flag.Names(); slices.Contains(names, name) && names[0] != "version" {
				return flag
			}
		}
	}
	return nil
}

// unknown says what to do instead of arg, in which no flag has that name. What is
// written like a group of short flags may be a long one that lacks a dash.
func (r *flagReader) unknown(arg, name string) error {
	known := r.app.Command(r.command).Flags
	word, _, _ := strings.Cut(arg, "=")
	long := strings.TrimLeft(word, "-")
	if utf8.RuneCountInString(long) < 2 || long == name || insteadOfFlag(long) != "" ||
		suggest(long, cli.SuggestFlag(known, long, false)) != "" {
		return unknownFlag(known, word)
	}
	if text := insteadOfFlag(name); text != "" {
		return exit.Usage(fmt.Sprintf("there is no -%s, as in %s: %s", name, arg, text))
	}
	return exit.Usage(fmt.Sprintf("unknown flag -%s in %s", name, arg))
}

// needsDigit tells the short flags whose value begins with no letter: where it does,
// a long name is meant, as in -mem or -cpu.
func needsDigit(flag cli.Flag) bool {
	return slices.Contains([]string{"memory", "cpu-shares"}, flag.Names()[0])
}

func startsWithLetter(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLetter(first)
}

// dashed is a flag's name as it is typed.
func dashed(name string) string { return strings.Repeat("-", min(len(name), 2)) + name }
