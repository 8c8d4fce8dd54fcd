package images

import (
	"context"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/container/image/userns"
)

// unpackLayerCommand is what mydocker executes in the user namespace that layers are unpacked in.
func unpackLayerCommand() *cli.Command {
	return &cli.Command{
		Name:   userns.CommandName,
		Usage:  "unpack the layers of images (internal)",
		Hidden: true,
		Action: func(context.Context, *cli.Command) error { return userns.Serve() },
	}
}
