package images

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/manifest"
	"github.com/mydocker/mydocker/container/image/store"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/container/stdio"
)

// stateDirectory is where mydocker keeps images and containers for the caller.
func stateDirectory(c *cli.Command) (string, error) {
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

// withStore opens the store of the caller, and closes it behind do.
func withStore(c *cli.Command, do func(s *store.Store, state string) error) error {
	dir, err := stateDirectory(c)
	if err != nil {
		return err
	}
	s, err := store.Open(dir)
	if err != nil {
		return err
	}
	s.Remove = removeInside
	return errors.Join(do(s, dir), s.Close())
}

// listImages are the images in the store, and the directory that it is in. Where some of them
// are damaged, the error says which, and the others are there.
func listImages(c *cli.Command) (all []store.Named, state string, err error) {
	err = withStore(c, func(s *store.Store, dir string) error {
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
		return tooMany(c, 1)
	}
	return withStore(c, func(s *store.Store, state string) error {
		opened, err := image.Open(state, c.Args().First())
		if err != nil {
			return exit.Failed(err)
		}
		return errors.Join(do(s, state, opened), opened.Close())
	})
}

// noImage refuses a command without an argument.
func noImage(c *cli.Command) error { return exit.Usage(c.Name + ": no image given") }

// tooMany refuses the argument behind those that there may be.
func tooMany(c *cli.Command, most int) error {
	return exit.Usage(fmt.Sprintf("%s: there is one argument too many: %q", c.Name, c.Args().Get(most)))
}

// output is stdout, on which nothing that an image says commands a terminal.
func output(c *cli.Command) io.Writer { return stdio.Harmless(c.Root().Writer) }

// configOf is the configuration of an image.
func configOf(s *store.Store, record *image.Record) (*manifest.Config, error) {
	content, err := s.ReadBlob(record.Config.Digest)
	if err != nil {
		return nil, err
	}
	return manifest.ParseConfig(content)
}
