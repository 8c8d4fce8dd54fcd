package images

import (
	"errors"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/manifest"
	"github.com/mydocker/mydocker/container/image/store"
	"github.com/mydocker/mydocker/container/users"
)

// WithStore opens the store of the caller, and closes it behind do.
func WithStore(c *cli.Command, do func(s *store.Store, state string) error) error {
	dir, err := command.StateDirectory(c)
	if err != nil {
		return err
	}
	s, err := store.Open(dir)
	if err != nil {
		return err
	}
	s.Remove = users.RemoveInside
	return errors.Join(do(s, dir), s.Close())
}

// listImages are the images in the store, and the directory that it is in. Where some of them
// are damaged, the error says which, and the others are there.
func listImages(c *cli.Command) (all []store.Named, state string, err error) {
	err = WithStore(c, func(s *store.Store, dir string) error {
		state = dir
		all, err = s.Images()
		return err
	})
	return all, state, err
}

// withImage opens the image that is the only argument of a command. As long as do goes on,
// nothing of it is removed.
func withImage(c *cli.Command, do func(s *store.Store, state string, opened *image.Image) error) error {
	switch {
	case c.NArg() == 0:
		return noImage(c)
	case c.NArg() > 1:
		return command.TooMany(c, 1)
	}
	return WithStore(c, func(s *store.Store, state string) error {
		opened, err := image.Open(state, c.Args().First())
		if err != nil {
			return exit.Failed(err)
		}
		return errors.Join(do(s, state, opened), opened.Close())
	})
}

// noImage refuses a command without an argument.
func noImage(c *cli.Command) error { return exit.Usage(command.Name(c) + ": no image given") }

// configOf is the configuration of an image.
func configOf(s *store.Store, record *image.Record) (*manifest.Config, error) {
	content, err := s.ReadBlob(record.Config.Digest)
	if err != nil {
		return nil, err
	}
	return manifest.ParseConfig(content)
}
