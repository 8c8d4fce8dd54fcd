package command

import (
	"errors"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/container/state"
)

// IsContainer reports whether there is a container of a name or id.
func IsContainer(c *cli.Command, name string) bool {
	dir, err := StateDirectory(c)
	if err != nil {
		return false
	}
	_, err = state.Find(dir, name)
	return !errors.As(err, new(*state.NotFoundError))
}
