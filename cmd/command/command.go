package command

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/container/stdio"
)

// StateDirectory is where mydocker keeps images and containers for the caller.
func StateDirectory(c *cli.Command) (string, error) {
	getenv := func(name string) string {
		if name == state.Variable && c.IsSet("root") {
			return c.String("root")
		}
		return os.Getenv(name)
	}
	dir := state.Directory(os.Geteuid(), os.Getenv("HOME"), getenv)
	if dir == "" {
		return "", errors.New("there is no directory for images: neither HOME nor XDG_DATA_HOME is set; " + state.Variable + " names one")
	}
	return dir, nil
}

// TooMany refuses the argument behind those that there may be.
func TooMany(c *cli.Command, most int) error {
	return exit.Usage(fmt.Sprintf("%s: there is one argument too many: %q", Name(c), c.Args().Get(most)))
}

// Output is stdout, on which nothing that an image says commands a terminal.
func Output(c *cli.Command) io.Writer { return stdio.Harmless(c.Root().Writer) }

// NoContainer refuses a command without an argument.
func NoContainer(c *cli.Command) error { return exit.Usage(Name(c) + ": no container given") }

// Name is what the command is called with its group, such as "volume rm".
func Name(c *cli.Command) string {
	return strings.TrimPrefix(c.FullName(), c.Root().Name+" ")
}
