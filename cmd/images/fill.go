package images

import (
	"context"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/image/fill"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/users"
)

// fillCommand copies what an image has at the place of a volume, for a run, which has started it
// (fillArguments of package cmd).
func fillCommand() *cli.Command {
	return &cli.Command{
		Name:   "fill-volume",
		Usage:  "copy from layers of an image to a volume (internal)",
		Hidden: true,
		Flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "uidmap", Usage: "CONTAINER:HOST:SIZE"},
			&cli.StringSliceFlag{Name: "gidmap", Usage: "CONTAINER:HOST:SIZE"},
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "what is done anyway"},
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			asked, err := askedMaps(c)
			if err != nil {
				return exit.Usage("fill-volume: " + err.Error())
			}
			if c.NArg() < 2 {
				return exit.Usage("fill-volume: it is mydocker that calls this, for a run")
			}
			var namespace *users.UserNamespace
			if asked.Asked() {
				if namespace, err = users.Resolve(asked); err != nil {
					return err
				}
			}
			args := c.Args().Slice()
			return exit.Failed(fill.Directory(ctx, namespace, args[1:], args[0]))
		},
	}
}

// askedMaps are those of the user namespace that a run has.
func askedMaps(c *cli.Command) (asked *spec.UserNamespace, err error) {
	asked = &spec.UserNamespace{}
	if asked.UIDs, err = idMaps(c.StringSlice("uidmap")); err == nil {
		asked.GIDs, err = idMaps(c.StringSlice("gidmap"))
	}
	return asked, err
}
