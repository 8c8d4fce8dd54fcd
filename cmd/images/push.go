package images

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/progress"
	"github.com/mydocker/mydocker/container/image/registry"
	"github.com/mydocker/mydocker/container/image/store"
)

func pushCommand() *cli.Command {
	return &cli.Command{
		Name: "push", Usage: "upload an image to a registry", Category: category,
		UsageText: "mydocker push [options] NAME[:TAG]",
		Description: "The image is pushed as it is in the store, byte for byte. \"mydocker tag\" gives it the name of a repository, and \"mydocker " +
			"login\" says who may write to it.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "all-tags", Aliases: []string{"a"}, Usage: "all images that have a name in the repository"},
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print only the name"},
		},
		Metadata: command.Takes(1, nameWords),
		Action:   pushAction,
	}
}

func pushAction(ctx context.Context, c *cli.Command) error {
	r, said, err := nameAsked(c)
	if err != nil {
		return err
	}
	if r.Digest != "" {
		return exit.Failed(errors.New("cannot push a digest reference: an image is pushed by its tag"))
	}
	client, config, err := newClient()
	if err != nil {
		return err
	}
	defer client.Close()
	p := &pusher{client: client, jobs: config.Uploads, quiet: c.Bool("quiet"), out: command.Output(c)}
	return WithStore(c, func(s *store.Store, state string) error {
		p.store, p.state = s, state
		names := []image.Reference{r}
		if c.Bool("all-tags") {
			if names, err = namesIn(s, r); err != nil {
				return err
			}
		} else if !said && !p.quiet {
			if err := p.print("Using default tag: " + r.Tag); err != nil {
				return err
			}
		}
		return p.all(ctx, r, names)
	})
}

// namesIn are the names with a tag that images of the store have in a repository.
func namesIn(s *store.Store, repository image.Reference) ([]image.Reference, error) {
	all, err := s.Images()
	if err != nil {
		return nil, err
	}
	var names []image.Reference
	for _, named := range all {
		for _, name := range named.Names {
			if name.Name() == repository.Name() && name.Digest == "" {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return nil, exit.Failed(&image.NotFoundError{Name: repository.FamiliarName()})
	}
	slices.SortFunc(names, func(a, b image.Reference) int { return strings.Compare(a.Tag, b.Tag) })
	return names, nil
}

// pusher pushes images, and tells of it in Docker's words.
type pusher struct {
	client *registry.Client
	store  *store.Store
	state  string
	jobs   int
	quiet  bool
	out    io.Writer
}

func (p *pusher) print(line string) error {
	_, err := fmt.Fprintln(p.out, line)
	return err
}

// all pushes images of a repository.
func (p *pusher) all(ctx context.Context, repository image.Reference, names []image.Reference) error {
	if !p.quiet {
		if err := p.print("The push refers to repository [" + repository.Name() + "]"); err != nil {
			return err
		}
	}
	for _, name := range names {
		if err := p.one(ctx, name); err != nil {
			return err
		}
	}
	if !p.quiet {
		return nil
	}
	if len(names) == 1 {
		return p.print(names[0].String())
	}
	return p.print(repository.Name())
}

// one pushes an image. Nothing of it is removed meanwhile.
func (p *pusher) one(ctx context.Context, r image.Reference) (err error) {
	opened, err := image.Open(p.state, r.String())
	if err != nil {
		return exit.Failed(err)
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	display := progress.New(os.Stdout, progress.Options{Quiet: p.quiet, First: "Preparing"})
	err = p.client.Push(ctx, p.store, &opened.Record, r, &registry.PushOptions{
		Jobs: p.jobs, Progress: display, Found: display.Expect,
	})
	display.Close()
	if err != nil {
		return exit.Failed(err)
	}
	if p.quiet {
		return nil
	}
	return p.print(fmt.Sprintf("%s: digest: %s size: %d", r.Tag, opened.Manifest.Digest, opened.Manifest.Size))
}
