package cmd

import (
	"os"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/state"
)

const stateName = "root"

// stateFlag is what Docker's daemon calls its data root.
func stateFlag() cli.Flag {
	return &cli.StringFlag{Name: stateName, Usage: "keep images, containers and what they write in `DIR`, as " + state.Variable + " says for all commands"}
}

// environmentWithState is os.Getenv, in which --root counts more than its variable. The
// variable itself stays, for the command has the caller's environment.
func environmentWithState(c *cli.Command) (getenv func(string) string, err error) {
	if !c.IsSet(stateName) {
		return os.Getenv, nil
	}
	dir := c.String(stateName)
	if dir == "" { // as of an empty variable
		return nil, exit.Usage(`invalid value "" for --` + stateName + `: no directory is named`)
	}
	return func(name string) string {
		if name == state.Variable {
			return dir
		}
		return os.Getenv(name)
	}, nil
}
