package cmd

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/urfave/cli/v3"
)

// The files that hold defaults for the flags of run: the system's, and the user's in
// the directory of its configuration.
const (
	configName   = "mydocker.conf"
	systemConfig = "/etc/" + configName
)

// setting is a line of such a file. An empty value takes back what a file says that
// counts less.
type setting struct {
	file        string
	line        int
	name, value string
}

// where is the setting's place, as compilers write it.
func (s *setting) where() string { return fmt.Sprintf("%s:%d", s.file, s.line) }

func (s *setting) String() string { return s.name + " = " + s.value }

// settableFlags are those that can stand in a file.
func settableFlags() []cli.Flag {
	all := slices.Concat(commonFlags(), rareFlags(), logFlags())
	return slices.DeleteFunc(all, func(flag cli.Flag) bool { return slices.Contains(typedAlone(), flag.Names()[0]) })
}

// typedAlone are the flags that cannot: what is run, and whether the caller waits for it, is for
// the command line to say.
func typedAlone() []string { return []string{imageName, entrypointName, "detach", "attach"} }

// parseConfigFile reads lines of the form NAME = VALUE, in which NAME is a long name
// of a flag and VALUE is the rest of the line. Empty lines and those that begin with #
// are ignored, and so are white space around both and a byte order mark. A name that
// is no list stands once.
func parseConfigFile(file string, content []byte, flags []cli.Flag) (settings []setting, err error) {
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	number := 0
	for line := range bytes.Lines(content) {
		number++
		text := strings.TrimSpace(string(line))
		if text == "" || text[0] == '#' {
			continue
		}
		s, err := parseSetting(text, flags)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, number, err)
		}
		s.file, s.line = file, number
		earlier := slices.IndexFunc(settings, func(other setting) bool { return other.name == s.name })
		if earlier >= 0 && !isList(named(flags, s.name)) {
			return nil, fmt.Errorf("%s:%d: %s stands in line %d already", file, number, s.name, settings[earlier].line)
		}
		settings = append(settings, s)
	}
	return settings, nil
}

func parseSetting(text string, flags []cli.Flag) (setting, error) {
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return setting{}, errors.New("the line is not text in UTF-8")
	}
	name, value, found := strings.Cut(text, "=")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if !found {
		return setting{}, fmt.Errorf("%q is not of the form NAME = VALUE, such as memory = 512m", text)
	}
	flag := named(flags, name)
	if flag == nil || len(name) == 1 {
		return setting{}, unknownName(name, flag, flags)
	}
	return setting{name: flag.Names()[0], value: value}, nil
}

// unknownName says that no flag is called so, and which one may be meant.
func unknownName(name string, short cli.Flag, flags []cli.Flag) error {
	bare := strings.TrimLeft(name, "-")
	meant := named(flags, bare)
	switch {
	case slices.Contains(typedAlone(), name):
		return fmt.Errorf("--%s is for the command line alone", name)
	case short != nil:
		return fmt.Errorf("a name is a flag's long one: %s, not %s", short.Names()[0], name)
	case meant != nil && bare != name:
		return fmt.Errorf("a name has no dashes before it: %s", meant.Names()[0])
	}
	nearest := strings.TrimLeft(cli.SuggestFlag(flags, name, false), "-")
	return fmt.Errorf("no flag of run is called %q%s", name, suggest(name, nearest))
}

// named is the flag of that name, or nil.
func named(flags []cli.Flag, name string) cli.Flag {
	for _, flag := range flags {
		if slices.Contains(flag.Names(), name) {
			return flag
		}
	}
	return nil
}

// isList tells whether a flag may be repeated.
func isList(flag cli.Flag) bool {
	_, is := flag.(*cli.StringSliceFlag)
	return is
}
