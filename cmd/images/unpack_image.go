package images

import (
	"context"
	"fmt"
	"os"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/ingest"
	"github.com/mydocker/mydocker/container/image/progress"
	"github.com/mydocker/mydocker/container/image/store"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/users"
)

// unpackCommand unpacks the layers of an image for the user namespace of a run, which has
// started it (unpackArguments of package cmd).
func unpackCommand() *cli.Command {
	return &cli.Command{
		Name: "unpack", Hidden: true,
		Usage:     "unpack an image that is in the store for another user namespace",
		UsageText: "mydocker unpack [options] IMAGE",
		Flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "uidmap", Usage: "CONTAINER:HOST:SIZE"},
			&cli.StringSliceFlag{Name: "gidmap", Usage: "CONTAINER:HOST:SIZE"},
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "show no progress"},
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			asked, err := askedMaps(c)
			if err != nil {
				return exit.Usage("unpack: " + err.Error())
			}
			return withImage(c, func(s *store.Store, _ string, opened *image.Image) error {
				return unpackImage(ctx, c, s, &opened.Record, asked)
			})
		},
	}
}

func unpackImage(ctx context.Context, c *cli.Command, s *store.Store, record *image.Record, asked *spec.UserNamespace) (err error) {
	options := &ingest.Options{}
	if asked.Asked() {
		if options.Maps, err = users.Resolve(asked); err != nil {
			return err
		}
	}
	display := progress.New(os.Stderr, progress.Options{Quiet: c.Bool("quiet")})
	defer display.Close()
	options.Progress = display
	others, err := ingest.Unpack(ctx, s, record, options)
	if err != nil {
		return exit.Failed(err)
	}
	if text := otherOwners(others); text != "" {
		display.Print(text)
	}
	return nil
}

func idMaps(values []string) (maps []spec.IDMap, err error) {
	for _, value := range values {
		var m spec.IDMap
		if _, err := fmt.Sscanf(value, "%d:%d:%d", &m.Container, &m.Host, &m.Size); err != nil {
			return nil, fmt.Errorf("%q is no map: %w", value, err)
		}
		if err := m.Validate(); err != nil {
			return nil, fmt.Errorf("%q: %w", value, err)
		}
		maps = append(maps, m)
	}
	return maps, nil
}
