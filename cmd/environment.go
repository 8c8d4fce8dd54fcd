package cmd

import (
	"os"
	"strings"

	"github.com/urfave/cli/v3"
)

func environmentFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "env", Aliases: []string{"e"}, Usage: "set a variable of the environment, NAME=VALUE, or pass on the caller's with NAME"},
	}
}

// parseEnvironment returns the command's environment: the caller's, and what
// --env changes of it. A NAME alone that the caller does not have removes it.
func parseEnvironment(c *cli.Command, environ []string) []string {
	for _, entry := range c.StringSlice("env") {
		name, _, isSet := strings.Cut(entry, "=")
		environ = without(environ, name)
		if value, has := os.LookupEnv(name); !isSet && has {
			entry, isSet = name+"="+value, true
		}
		if isSet {
			environ = append(environ, entry)
		}
	}
	return environ
}

func without(environ []string, name string) []string {
	var kept []string
	for _, entry := range environ {
		if !strings.HasPrefix(entry, name+"=") {
			kept = append(kept, entry)
		}
	}
	return kept
}
