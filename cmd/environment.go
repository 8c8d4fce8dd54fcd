package cmd

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/container/notify"
	"github.com/mydocker/mydocker/container/spec"
)

func environmentFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "env", Aliases: []string{"e"}, Usage: "set NAME=VALUE, or pass on the caller's NAME"},
		&cli.StringSliceFlag{Name: "env-file", Usage: "set variables from a file with a NAME=VALUE or NAME in each line; --env comes after it"},
	}
}

// terminalType is what Docker calls every terminal of a container.
const terminalType = "xterm"

// callersEnvironment is what the command gets if no flag changes it: with a terminal
// it has a type, also where the caller has none. What a service manager has told mydocker about
// mydocker is not the command's: the engine tells it that anew.
func callersEnvironment(tty bool) []string {
	environ := os.Environ()
	if os.Getenv(notify.Variable) != "" || os.Getenv("LISTEN_PID") != "" || os.Getenv("WATCHDOG_PID") != "" {
		environ = withVariables(environ, []string{notify.Variable, "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "WATCHDOG_USEC", "WATCHDOG_PID"})
	}
	if tty && os.Getenv("TERM") == "" {
		environ = withVariables(environ, []string{"TERM=" + terminalType})
	}
	return environ
}

// imagePath is Docker's PATH for an image that has none.
const imagePath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// baseEnvironment is what files and --env change: the caller's environ with what goes
// with other flags, or what Docker gives a container where the root file system is not the
// host's. named says that HOSTNAME is still to come, which is known once the container has
// a name.
func baseEnvironment(c *cli.Command, root *spec.Root, environ []string) (base []string, named bool) {
	if root.Own() && !root.OfHost() {
		base = []string{"PATH=" + imagePath}
		if c.Bool("tty") {
			base = append(base, "TERM="+terminalType)
		}
		return base, true
	}
	var all []string
	if c.String("user") != "" {
		all = append(all, "HOME") // the user's own comes instead
	}
	_, has := os.LookupEnv("HOSTNAME")
	name := c.String("hostname")
	switch {
	case root.Own() && (has || name != ""):
		all, named = append(all, "HOSTNAME"), true
	case name != "":
		all = append(all, "HOSTNAME="+name)
	}
	if _, has := os.LookupEnv("PWD"); has && c.String("workdir") != "" {
		all = append(all, workingDir(c.String("workdir")))
	}
	return withVariables(environ, all), named
}

// parseEnvironment returns what the files change of the command's environment, then what --env
// does. As in Docker, a NAME alone that the caller does not have removes it if it comes from
// --env, and says nothing in a file.
func parseEnvironment(c *cli.Command) (all []string, err error) {
	for _, name := range listOf(c, "env-file") {
		content, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read the --env-file: %w", err)
		}
		variables, err := parseEnvFile(content, os.LookupEnv)
		if err != nil {
			return nil, fmt.Errorf("--env-file %s: %w", name, err)
		}
		all = append(all, variables...)
	}
	for _, variable := range listOf(c, "env") {
		name, _, isSet := strings.Cut(variable, "=")
		if name == "" {
			return nil, fmt.Errorf("invalid value %q for --env: it names no variable", variable)
		}
		if value, has := os.LookupEnv(name); !isSet && has {
			variable = name + "=" + value
		}
		all = append(all, variable)
	}
	return all, nil
}

// workingDir makes PWD, which is the caller's directory, that of the command. It may
// not hold "." or "..", which a symbolic link before them would make another.
func workingDir(dir string) string {
	if names := strings.Split(dir, "/"); slices.Contains(names, ".") || slices.Contains(names, "..") {
		return "PWD"
	}
	return "PWD=" + path.Clean(dir)
}

// withVariables gives each variable its value, the last one that it has, in the
// place where it was first. Without a value it is removed.
func withVariables(environ, variables []string) []string {
	if len(variables) == 0 {
		return environ
	}
	wanted := make(map[string]string, len(variables))
	for _, variable := range variables {
		name, _, _ := strings.Cut(variable, "=")
		wanted[name] = variable
	}
	var changed []string
	for _, entry := range slices.Concat(environ, variables) {
		name, _, _ := strings.Cut(entry, "=")
		variable, isWanted := wanted[name]
		_, _, isSet := strings.Cut(variable, "=")
		switch {
		case !isWanted:
			changed = append(changed, entry)
		case isSet:
			changed = append(changed, variable)
			wanted[name] = name // once is enough
		}
	}
	return changed
}

// parseEnvFile reads lines of NAME=VALUE, the value as it stands, and of NAME,
// which looks the value up and passes over what is not there. White space before a
// name, empty lines and those that begin with # are ignored, and so is a byte
// order mark.
func parseEnvFile(content []byte, lookUp func(string) (string, bool)) (variables []string, err error) {
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	number := 0
	for line := range bytes.Lines(content) {
		number++
		if !utf8.Valid(line) {
			return nil, fmt.Errorf("line %d is not valid UTF-8", number)
		}
		text := strings.TrimSuffix(strings.TrimSuffix(string(line), "\n"), "\r")
		text = strings.TrimLeftFunc(text, unicode.IsSpace)
		if text == "" || text[0] == '#' {
			continue
		}
		name, _, isSet := strings.Cut(text, "=")
		if err := checkName(name); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		if isSet {
			variables = append(variables, text)
		} else if value, has := lookUp(name); has {
			variables = append(variables, name+"="+value)
		}
	}
	return variables, nil
}

func checkName(name string) error {
	switch {
	case name == "":
		return errors.New("there is no name before the =")
	case strings.ContainsAny(name, " \t\v\f\r\n\u0085\u00a0"):
		return fmt.Errorf("the name %q holds white space", name)
	}
	return nil
}
