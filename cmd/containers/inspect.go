package containers

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/cmd/images"
	"github.com/mydocker/mydocker/cmd/images/table"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/container/volume"
	"github.com/mydocker/mydocker/utils"
)

// What inspect tells of, in Docker's words.
const (
	kindContainer = "container"
	kindImage     = "image"
	kindVolume    = "volume"
)

// inspectCommand tells of whatever has a name.
func inspectCommand() *cli.Command {
	return &cli.Command{
		Name: "inspect", Usage: "show all that is known of containers, images and volumes, as JSON", Category: containersCategory,
		UsageText: "mydocker inspect [options] NAME...",
		Description: "Containers are found first, then images, then volumes. A format is a Go template such as {{.State.Running}}, " +
			"{{json .Mounts}} or {{index .Config.Labels \"key\"}}. Docker's fields are there, and in .State also Reason, StoppedBy, Usage and " +
			"Limits. What is not there is an error behind what is.",
		Flags: []cli.Flag{
			formatOfObjects(), sizeOfObjects(),
			&cli.StringFlag{Name: "type", Usage: "only containers, images or volumes: `TYPE` is container, image or volume"},
		},
		Metadata: command.Takes(-1, anyWords),
		Action:   inspectAnyAction,
	}
}

func containerInspectCommand() *cli.Command {
	return &cli.Command{
		Name: "inspect", Usage: "show all that is known of containers, as JSON",
		UsageText: "mydocker container inspect [options] CONTAINER...",
		Flags:     []cli.Flag{formatOfObjects(), sizeOfObjects()},
		Metadata:  command.Takes(-1, containerWords),
		Action:    func(_ context.Context, c *cli.Command) error { return inspectObjects(c, kindContainer) },
	}
}

func formatOfObjects() cli.Flag {
	return &cli.StringFlag{Name: "format", Aliases: []string{"f"}, Usage: "json or a `TEMPLATE`"}
}

func sizeOfObjects() cli.Flag {
	return &cli.BoolFlag{Name: "size", Aliases: []string{"s"}, Usage: "also how much a container has written, in bytes"}
}

func inspectAnyAction(_ context.Context, c *cli.Command) error {
	kind := c.String("type")
	switch kind {
	case "", kindContainer, kindImage, kindVolume:
		return inspectObjects(c, kind)
	}
	return exit.Usage(fmt.Sprintf("invalid value %q for --type: there are container, image and volume", kind))
}

// inspectObjects prints what has one of the names, of one kind or of any ("").
func inspectObjects(c *cli.Command, kind string) error {
	if c.NArg() == 0 {
		return exit.Usage(c.Name + ": nothing named")
	}
	dir, err := command.StateDirectory(c)
	if err != nil {
		return err
	}
	objects := []any{}
	var failed []error
	err = images.WithInspector(c, func(findImage func(name string) (any, error)) error {
		f := objectFinder{dir: dir, kind: kind, sizes: c.Bool("size"), image: findImage}
		for _, name := range c.Args().Slice() {
			object, err := f.find(name)
			if err == nil {
				objects = append(objects, object)
				err = f.tellNoSize(c.Root().ErrWriter, object)
			}
			failed = append(failed, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := table.Objects(command.Output(c), c.String("format"), objects); err != nil {
		return errors.Join(err, exit.Failed(failed...))
	}
	return exit.Failed(failed...)
}

// objectFinder finds what has a name.
type objectFinder struct {
	dir, kind string
	sizes     bool
	image     func(name string) (any, error)
}

// tellNoSize warns where --size was given for what has none.
func (f *objectFinder) tellNoSize(w io.Writer, object any) error {
	kind := kindVolume
	switch object.(type) {
	case *inspectedContainer:
		return nil
	case inspectedVolume:
	default:
		kind = kindImage
	}
	if !f.sizes {
		return nil
	}
	_, err := fmt.Fprintln(w, "WARNING: --size ignored for "+kind)
	return err
}

func (f *objectFinder) find(name string) (any, error) {
	for _, one := range []struct {
		kind string
		find func(name string) (any, error)
	}{{kindContainer, f.container}, {kindImage, f.image}, {kindVolume, f.volume}} {
		if f.kind != "" && f.kind != one.kind {
			continue
		}
		object, err := one.find(name)
		if err == nil || f.kind != "" || !isMissing(name, err) {
			return object, err
		}
	}
	return nil, errors.New("No such object: " + utils.Shortened(name))
}

// isMissing reports whether an error says that there is no such thing, or that no image can have
// such a name.
func isMissing(name string, err error) bool {
	if errors.As(err, new(*state.NotFoundError)) || errors.As(err, new(*image.NotFoundError)) || errors.As(err, new(*volume.NotFoundError)) {
		return true
	}
	_, invalid := image.ParseReference(name)
	return invalid != nil && err.Error() == invalid.Error()
}

func (f *objectFinder) container(name string) (any, error) {
	l, err := find(f.dir, name)
	if err != nil {
		return nil, err
	}
	return inspectedOf(f.dir, l, f.sizes)
}

func (f *objectFinder) volume(name string) (any, error) {
	v, err := volume.Find(f.dir, name)
	if missing := (*volume.NotFoundError)(nil); errors.As(err, &missing) && f.kind == kindVolume {
		return nil, errors.New("no such volume: " + utils.Shortened(name))
	}
	if err != nil {
		return nil, err
	}
	return newInspectedVolume(&v), nil
}

// anyWords are the names of all that inspect tells of.
func anyWords(c *cli.Command) []command.Word {
	words := append(containerWords(c), images.Names(c)...)
	return append(words, volumeWords(c)...)
}
