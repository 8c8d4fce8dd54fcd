//go:build !front

package cmd

import (
	"cmp"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/containers"
	"github.com/mydocker/mydocker/cmd/images"
)

// candidate is something that can be typed, and what it means.
type candidate struct{ value, meaning string }

// These are no values: the shell completes its own way.
const (
	shellsFiles       = ":files"
	shellsDirectories = ":directories"
)

func ask(shell string) []candidate { return []candidate{{value: shell}} }

// completions are the candidates for the last of words, which stand behind the
// program's name.
func completions(app *cli.Command, words []string) []candidate {
	if len(words) == 0 {
		words = []string{""}
	}
	before, current := words[:len(words)-1], words[len(words)-1]
	c := app
	var given, arguments []string
	for i := 0; i < len(before); i++ {
		word := before[i]
		switch {
		case word == "--":
			return behindDashes(c, before[i+1:], current)
		case isFlag(word):
			flags, takes := flagsIn(app, c, word)
			for _, flag := range flags {
				given = append(given, flag.Names()[0])
			}
			if !takes {
				continue
			}
			if i++; i == len(before) {
				return starting(current, valuesOf(app, flags[len(flags)-1], current))
			}
		case c.Name == runName || c.Name == "apply":
			return ask(shellsFiles)
		case len(c.Commands) > 0:
			if c = c.Command(word); c == nil {
				return nil
			}
		default:
			arguments = append(arguments, word)
		}
	}
	return nextWord(app, c, given, arguments, current)
}

// behindDashes completes behind "--", which the words follow.
func behindDashes(c *cli.Command, words []string, current string) []candidate {
	switch {
	case c.Name != runName:
		return nil
	case len(words) == 0:
		return starting(current, firstOfRun(c, current))
	}
	return ask(shellsFiles)
}

// nextWord completes a flag, or a word that is none.
func nextWord(app, c *cli.Command, given, arguments []string, current string) []candidate {
	if name, value, hasValue := strings.Cut(current, "="); hasValue && strings.HasPrefix(current, "-") {
		flags, _ := flagsIn(app, c, name)
		if len(flags) == 0 {
			return nil
		}
		list := starting(value, valuesOf(app, flags[len(flags)-1], value))
		for i := range list {
			if !strings.HasPrefix(list[i].value, ":") {
				list[i].value = name + "=" + list[i].value
			}
		}
		return list
	}
	if strings.HasPrefix(current, "-") {
		return starting(current, flagsOf(c, given))
	}
	for _, words := range []func(*cli.Command, []string) ([]command.Word, bool){command.Words, containers.Words} {
		if list, known := words(c, arguments); known {
			return starting(current, candidatesOf(list))
		}
	}
	if len(arguments) > 0 && c.Name != "help" {
		return nil // all others take one at most
	}
	return starting(current, firstArguments(app, c, arguments, current))
}

// firstArguments are the candidates for the first word behind a command that is no flag, or
// behind help the next one.
func firstArguments(app, c *cli.Command, before []string, current string) []candidate {
	switch c.Name {
	case runName:
		return firstOfRun(c, current)
	case "diff", "apply", "undo":
		return ask(shellsDirectories)
	case "help":
		about, count := commandOf(app, before)
		if count < len(before) || count > 0 && len(about.Commands) == 0 {
			return nil
		}
		return append(commandsOf(cmp.Or(about, app)), candidate{helpAll, "every flag"})
	case "completion":
		return plain(completionShells()...)
	}
	return commandsOf(c)
}

// firstOfRun are the candidates for the first word behind run that is no flag.
func firstOfRun(run *cli.Command, current string) []candidate {
	if isDocker(run.Root()) {
		return candidatesOf(images.Names(run))
	}
	return commandsInPath(current)
}

func candidatesOf(words []command.Word) []candidate {
	list := make([]candidate, len(words))
	for i, word := range words {
		list[i] = candidate{word.Value, word.Meaning}
	}
	return list
}

// flagsIn are the flags of c that word names, which may be a group of short ones, and
// whether the next word is the last one's value.
func flagsIn(app, c *cli.Command, word string) (flags []cli.Flag, takes bool) {
	name, _, hasValue := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(word, "-"), "-"), "=")
	if flag := named(knownFlags(app, c), name); flag != nil {
		flags = []cli.Flag{flag}
	} else if !strings.HasPrefix(word, "--") {
		for _, short := range name {
			flag := named(knownFlags(app, c), string(short))
			if flag == nil {
				return nil, false
			}
			flags = append(flags, flag)
		}
	}
	if len(flags) == 0 || hasValue {
		return flags, false
	}
	_, takes = takesValue(flags[len(flags)-1:], flags[len(flags)-1].Names()[0])
	return flags, takes
}

// flagsOf are the flags that may stand next: none twice that is not a list.
func flagsOf(c *cli.Command, given []string) []candidate {
	flags := c.Flags
	if c.Name == runName {
		flags = slices.Concat(flags, logFlags())
	}
	var list []candidate
	for _, flag := range flags {
		if visible, ok := flag.(cli.VisibleFlag); ok && !visible.IsVisible() {
			continue
		}
		_, usage := namesAndUsage(flag)
		_, repeatable := flag.(*cli.StringSliceFlag)
		if slices.Contains(given, flag.Names()[0]) && !repeatable {
			continue
		}
		list = append(list, candidate{dashed(flag.Names()[0]), strings.Join(strings.Fields(usage), " ")})
	}
	return list
}

func commandsOf(app *cli.Command) []candidate {
	var list []candidate
	for _, c := range app.Commands {
		if !c.Hidden {
			list = append(list, candidate{c.Name, c.Usage})
		}
	}
	return list
}

// starting are those of list that begin with current.
func starting(current string, list []candidate) []candidate {
	return slices.DeleteFunc(list, func(c candidate) bool {
		return !strings.HasPrefix(c.value, current) && c.value != shellsFiles && c.value != shellsDirectories
	})
}

func plain(values ...string) []candidate {
	list := make([]candidate, len(values))
	for i, value := range values {
		list[i].value = value
	}
	return list
}
