package images

import (
	"errors"
	"fmt"
	"os"

	"github.com/docker/go-units"
	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/ingest"
	"github.com/mydocker/mydocker/container/image/unpack"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/users"
)

// limitFlags are the bounds of what an image may unpack to: a small archive can hold more than
// a disk.
func limitFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "max-size", Usage: "refuse a layer, or a compressed archive, that holds more than `SIZE`", Value: "64g"},
		&cli.Int64Flag{Name: "max-files", Usage: "refuse a layer with more than `N` files", Value: 5_000_000},
	}
}

// limitedOptions are TakeOptions of a command that has limitFlags.
func limitedOptions(c *cli.Command, progress ingest.Progress) (*ingest.Options, error) {
	size, err := units.RAMInBytes(c.String("max-size"))
	if err != nil || size <= 0 {
		return nil, exit.Usage(fmt.Sprintf("%s: --max-size %q is no size, as 64g is one", c.Name, c.String("max-size")))
	}
	files := c.Int64("max-files")
	if files <= 0 {
		return nil, exit.Usage(c.Name + ": --max-files has to be more than 0")
	}
	options, err := TakeOptions(progress)
	if err == nil {
		options.MaxBytes, options.MaxEntries = size, files
	}
	return options, err
}

// TakeOptions say how images are taken in: for root with the host's ids, and for others in the
// user namespace that run makes for them.
func TakeOptions(progress ingest.Progress) (*ingest.Options, error) {
	options := &ingest.Options{Progress: progress}
	if os.Geteuid() == 0 {
		return options, nil
	}
	var err error
	options.Maps, err = users.Resolve(&spec.UserNamespace{})
	return options, err
}

// callersVariant is the one that TakeOptions have layers unpacked for.
func callersVariant() (image.Variant, error) {
	options, err := TakeOptions(nil)
	if err != nil || options.Maps == nil {
		own, ownErr := image.OwnVariant()
		return own, errors.Join(err, ownErr)
	}
	return image.NewVariant(options.Maps.Maps()), nil
}

// otherOwners says of how many files the owner cannot be had, "" for none.
func otherOwners(count int64) string {
	if count == 0 {
		return ""
	}
	return fmt.Sprintf("owners that are left out, of %d of the image's files, which belong to you now: "+
		"they are not among your subordinate ids (mydocker doctor tells of those)", count)
}

// raised says what raises a limit that was met.
func raised(err error) error {
	if limit := (*unpack.LimitError)(nil); errors.As(err, &limit) {
		return fmt.Errorf("%w: --max-size and --max-files raise it", err)
	}
	return err
}
