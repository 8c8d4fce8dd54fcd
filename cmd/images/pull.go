package images

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/events"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/progress"
	"github.com/mydocker/mydocker/container/image/registry"
	"github.com/mydocker/mydocker/container/image/store"
	"github.com/mydocker/mydocker/utils"
)

func pullCommand() *cli.Command {
	return &cli.Command{
		Name: "pull", Usage: "download an image from a registry", Category: category,
		UsageText: "mydocker pull [options] NAME[:TAG|@DIGEST]",
		Description: "A name without a host is on Docker Hub. What was interrupted goes on where it has stopped. Passwords are those of " +
			"\"mydocker login\", docker login and podman login.",
		Flags: append([]cli.Flag{
			&cli.BoolFlag{Name: "all-tags", Aliases: []string{"a"}, Usage: "all images of the repository"},
			&cli.StringFlag{Name: "platform", Usage: "the image for this platform, `OS/ARCH[/VARIANT]`, and not for the machine's"},
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print only the name"},
		}, limitFlags()...),
		Metadata: command.Takes(1, nameWords),
		Action:   pullAction,
	}
}

func pullAction(ctx context.Context, c *cli.Command) error {
	r, said, err := nameAsked(c)
	if err != nil {
		return err
	}
	p := &puller{out: command.Output(c), errors: c.Root().ErrWriter, quiet: c.Bool("quiet")}
	if p.options.Platform, err = platformOption(c); err != nil {
		return err
	}
	client, config, err := newClient()
	if err != nil {
		return err
	}
	defer client.Close()
	take, err := limitedOptions(c, nil)
	if err != nil {
		return err
	}
	take.Jobs = config.Downloads
	p.client, p.options.Take = client, *take
	return WithStore(c, func(s *store.Store, state string) error {
		p.store, p.state = s, state
		if c.Bool("all-tags") {
			return p.allTags(ctx, r)
		}
		if !said && !p.quiet {
			if _, err := fmt.Fprintf(p.out, "Using default tag: %s\n", r.Tag); err != nil {
				return err
			}
		}
		return p.one(ctx, r)
	})
}

// puller pulls images, and tells of it in Docker's words.
type puller struct {
	client  *registry.Client
	store   *store.Store
	state   string
	options registry.PullOptions
	quiet   bool
	// out is for what is asked for, errors for what did not end the pull.
	out, errors io.Writer
}

// one pulls an image.
func (p *puller) one(ctx context.Context, r image.Reference) error {
	newer, err := p.layers(ctx, r)
	if err != nil {
		return exit.Failed(err)
	}
	return p.end(newer, r.Familiar(), r.String())
}

// allTags pulls all images of a repository. What cannot be pulled does not end that.
func (p *puller) allTags(ctx context.Context, repository image.Reference) error {
	tags, err := p.client.Tags(ctx, repository)
	if err != nil {
		return exit.Failed(err)
	}
	var errs []error
	newer := false
	for _, tag := range tags {
		r := repository
		r.Tag = tag
		one, err := p.layers(ctx, r)
		newer = newer || one
		if errs = append(errs, err); ctx.Err() != nil {
			return err
		}
	}
	if err := exit.Failed(errs...); err != nil {
		return err
	}
	repository.Tag = ""
	return p.end(newer, repository.Familiar(), repository.String())
}

// layers pulls an image with its layers, and says whether it is a newer one.
func (p *puller) layers(ctx context.Context, r image.Reference) (newer bool, err error) {
	display := progress.New(os.Stdout, progress.Options{Quiet: p.quiet, First: "Pulling fs layer"})
	options := p.options
	options.Take.Progress = display
	options.Found = func(size int64) {
		display.Expect(size)
		display.Print(which(r) + ": Pulling from " + r.Path)
	}
	var warnings []string
	options.Warn = func(err error) { warnings = append(warnings, utils.ErrorLine(err)) }
	options.Take.Warn = func(text string) { warnings = append(warnings, r.Familiar()+": "+text) }
	pulled, err := p.client.Pull(ctx, p.store, p.state, r, &options)
	display.Close()
	if pulled != nil && pulled.Owners > 0 {
		options.Take.Warn(otherOwners(pulled.Owners))
	}
	if printed := printWarnings(p.errors, warnings); printed != nil {
		return false, printed
	}
	if err == nil {
		events.Write(p.state, events.Of(events.TypeImage, events.Pull, r.Familiar(), r.FamiliarName()))
	}
	if err != nil || p.quiet {
		return false, err
	}
	if pulled.UpToDate { // no layers were looked at
		if _, err := fmt.Fprintf(p.out, "%s: Pulling from %s\n", which(r), r.Path); err != nil {
			return false, err
		}
	}
	_, err = fmt.Fprintf(p.out, "Digest: %s\n", pulled.Digest)
	return pulled.Newer, err
}

// which is what of a repository is pulled.
func which(r image.Reference) string {
	if r.Digest != "" {
		return r.String()
	}
	return r.Tag
}

// end tells how it ended.
func (p *puller) end(newer bool, familiar, whole string) error {
	status := "Image is up to date for "
	if newer {
		status = "Downloaded newer image for "
	}
	if !p.quiet {
		if _, err := fmt.Fprintln(p.out, "Status: "+status+familiar); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(p.out, whole)
	return err
}
