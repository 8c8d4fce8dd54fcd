package images

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/events"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/store"
)

func tagCommand() *cli.Command {
	return &cli.Command{
		Name: "tag", Usage: "give an image another name", Category: category,
		UsageText:   "mydocker tag IMAGE NAME[:TAG]",
		Description: "The image keeps the names that it has. Another image that had the new name loses it.",
		Metadata:    command.Takes(2, nameWords),
		Action:      tagAction,
	}
}

func tagAction(_ context.Context, c *cli.Command) error {
	switch {
	case c.NArg() < 2:
		return exit.Usage(c.Name + ": it needs an image and the name that it gets")
	case c.NArg() > 2:
		return command.TooMany(c, 2)
	}
	name, err := newName(c.Args().Get(1))
	if err != nil {
		return exit.Failed(err)
	}
	return WithStore(c, func(s *store.Store, state string) error {
		opened, err := image.Open(state, c.Args().First())
		if err != nil {
			return exit.Failed(err)
		}
		if err = s.Tag(opened.Manifest.Digest, name); err == nil {
			happened(state, events.Tag, opened.ID(), name)
		}
		return errors.Join(err, opened.Close())
	})
}

// newName is a name that can be given: a digest is what an image has by itself.
func newName(text string) (image.Reference, error) {
	name, err := image.ParseReference(text)
	if err == nil && name.Digest != "" {
		err = fmt.Errorf("%s: a name with a digest cannot be given to an image", text)
	}
	return name, err
}

// SecondName is what the second argument names an image that is made; it may be missing.
func SecondName(c *cli.Command) ([]image.Reference, error) {
	if c.NArg() < 2 {
		return nil, nil
	}
	name, err := newName(c.Args().Get(1))
	if err != nil {
		return nil, exit.Failed(err)
	}
	return []image.Reference{name}, nil
}
