package images

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/cmd/images/table"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/store"
)

func inspectCommand() *cli.Command {
	return &cli.Command{
		Name: "inspect", Usage: "show all that is known of images, as JSON",
		UsageText: "mydocker image inspect [options] IMAGE...",
		Description: "A format is a Go template such as {{.Os}}/{{.Architecture}} or {{json .Config.Env}}. What is not in the store is an " +
			"error behind what is. GraphDriver says where the layers lie unpacked, the uppermost first.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Aliases: []string{"f"}, Usage: "json or a `TEMPLATE`"},
		},
		Metadata: command.Takes(-1, nameWords),
		Action:   inspectAction,
	}
}

func inspectAction(_ context.Context, c *cli.Command) error {
	if c.NArg() == 0 {
		return noImage(c)
	}
	objects := []any{}
	var failed []error
	err := WithInspector(c, func(find func(name string) (any, error)) error {
		for _, name := range c.Args().Slice() {
			object, err := find(name)
			if err == nil {
				objects = append(objects, object)
			} else if errors.As(err, new(*image.NotFoundError)) && command.IsContainer(c, name) {
				err = fmt.Errorf("%s is a container, not an image: mydocker inspect tells of both", name)
			}
			failed = append(failed, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := table.Objects(command.Output(c), c.String("format"), objects); err != nil {
		return err
	}
	return exit.Failed(failed...)
}

// WithInspector gives do what finds an image, and tells of it as inspect does.
func WithInspector(c *cli.Command, do func(find func(name string) (any, error)) error) error {
	return WithStore(c, func(s *store.Store, state string) error {
		all, err := s.Images()
		var damaged *image.DamagedError // another image, or that one: then it cannot be opened
		if errors.As(err, &damaged) {
			err = nil
		}
		return do(func(name string) (any, error) {
			if err != nil { // what is no image can be told of all the same
				return nil, err
			}
			return inspect(s, state, all, name)
		})
	})
}

// inspected is an image in the words of Docker's API.
type inspected struct {
	ID           string `json:"Id"`
	RepoTags     []string
	RepoDigests  []string
	Comment      string `json:"Comment,omitempty"`
	Created      string
	Author       string `json:"Author,omitempty"`
	Config       image.RunConfig
	Architecture string
	Variant      string `json:"Variant,omitempty"`
	Os           string
	Size         int64
	GraphDriver  graphDriver
	RootFS       rootFS
	Descriptor   image.Descriptor
}

// graphDriver says where the layers lie; Data is nil where they are not unpacked.
type graphDriver struct {
	Data map[string]string
	Name string
}

type rootFS struct {
	Type   string
	Layers []image.Digest
}

// inspect finds an image and tells of it. all are those that the store has, with their names.
func inspect(s *store.Store, state string, all []store.Named, name string) (*inspected, error) {
	opened, err := image.Open(state, name)
	if errors.As(err, new(*image.NotFoundError)) {
		return nil, &image.NotFoundError{Name: name} // as it was given: it may be of something else
	}
	if err != nil {
		return nil, err
	}
	object, err := describe(s, opened)
	if at := slices.IndexFunc(all, func(named store.Named) bool { return named.Manifest.Digest == opened.Manifest.Digest }); at >= 0 && err == nil {
		object.addNames(all[at].Names, digestOf(&opened.Record))
	}
	return object, errors.Join(err, opened.Close())
}

func describe(s *store.Store, opened *image.Image) (*inspected, error) {
	config, err := configOf(s, &opened.Record)
	if err != nil {
		return nil, err
	}
	object := &inspected{
		ID: string(opened.ID()), RepoTags: []string{}, RepoDigests: []string{},
		Created: config.Created, Author: config.Author, Config: opened.Run,
		Architecture: opened.Platform.Architecture, Variant: opened.Platform.Variant, Os: opened.Platform.OS,
		Size: opened.Size, GraphDriver: graphDriver{Name: "overlay"},
		RootFS: rootFS{Type: "layers", Layers: config.RootFS.DiffIDs}, Descriptor: opened.Manifest,
	}
	if last := len(config.History) - 1; last >= 0 {
		object.Comment = config.History[last].Comment
	}
	variant, err := callersVariant()
	if err != nil {
		return object, nil // where the layers would lie cannot be told
	}
	lowers, err := opened.Lowers(variant)
	if err == nil {
		object.GraphDriver.Data = map[string]string{"LowerDir": strings.Join(lowers, ":")}
	} else if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return object, err
}

func (o *inspected) addNames(names []image.Reference, digest image.Digest) {
	for _, name := range names {
		if name.Tag != "" {
			o.RepoTags = append(o.RepoTags, name.FamiliarName()+":"+name.Tag)
		}
		if text := name.FamiliarName() + "@" + string(digest); !slices.Contains(o.RepoDigests, text) {
			o.RepoDigests = append(o.RepoDigests, text)
		}
	}
}
