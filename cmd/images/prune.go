package images

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/images/table"
	"github.com/mydocker/mydocker/container/events"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/store"
)

func pruneCommand() *cli.Command {
	return command.Prune(&cli.Command{
		Usage:     "remove the images without a name, and what interrupted commands have left",
		UsageText: "mydocker image prune [options]",
		Description: "What a container needs stays, one that was kept (--rm=false) as well. Filters: until=TIME|DURATION, label=KEY[=VALUE], " +
			"label!=KEY[=VALUE].",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "all", Aliases: []string{"a"}, Usage: "also images with a name that no container needs, and pulls that could go on"},
		},
	}, []string{"until", "label", "label!", "dangling"}, pruneAction)
}

func pruneAction(ctx context.Context, c *cli.Command, wanted command.Filters) error {
	p := &Pruner{All: c.Bool("all"), Output: command.Output(c)}
	p.Filter(wanted)
	p.takeDangling()
	question := "WARNING! This will remove all dangling images."
	if p.All {
		question = "WARNING! This will remove all images without at least one container associated to them."
	}
	if err := command.Confirm(c, question); err != nil {
		return err
	}
	return WithStore(c, func(s *store.Store, state string) error {
		err := p.Prune(ctx, s, state)
		return errors.Join(err, p.Total())
	})
}

// Pruner removes the images that nobody needs, and prints what it has removed.
type Pruner struct {
	All     bool
	Output  io.Writer
	Bytes   int64 // of all that was removed
	filters filters
	waits   int64 // the bytes of pulls that can go on
	titled  bool
}

// Filter has those images alone removed for which filters hold.
func (p *Pruner) Filter(f command.Filters) { p.filters = filters{f} }

// takeDangling has the filter dangling=false mean what --all means, as in Docker.
func (p *Pruner) takeDangling() {
	for _, text := range p.filters.Filters["dangling"] {
		if isFalse(text) {
			p.All = true
		}
	}
	delete(p.filters.Filters, "dangling")
}

// Prune removes them.
func (p *Pruner) Prune(ctx context.Context, s *store.Store, state string) error {
	all, damaged := s.Images()
	chosen, err := p.filters.choose(state, all)
	if err != nil {
		return errors.Join(damaged, err)
	}
	for _, named := range chosen {
		if len(named.Names) > 0 && !p.All {
			continue
		}
		err := s.RemoveImage(named.Manifest.Digest, named.Names...)
		var used *store.InUseError
		var gone *image.NotFoundError
		switch {
		case errors.As(err, &used), errors.As(err, &gone):
			continue
		case err != nil:
			return errors.Join(damaged, err)
		}
		happened(state, events.Delete, named.ID())
		if err := p.removed(named); err != nil {
			return err
		}
	}
	collected, err := s.Collect(ctx, p.All)
	p.Bytes += collected.Bytes
	p.waits = collected.Resumable
	return errors.Join(damaged, err)
}

// removed prints that an image is removed.
func (p *Pruner) removed(named *store.Named) error {
	text := ""
	if !p.titled {
		text, p.titled = "Deleted Images:\n", true
	}
	for _, name := range named.Names {
		text += "untagged: " + name.Familiar() + "\n"
	}
	_, err := io.WriteString(p.Output, text+"deleted: "+string(named.ID())+"\n")
	return err
}

// Total prints the last line.
func (p *Pruner) Total() error {
	text := "Total reclaimed space: " + table.Size(p.Bytes) + "\n"
	if p.titled {
		text = "\n" + text
	}
	if p.waits > 0 {
		text += "Kept for a day, so that interrupted pulls can go on: " + table.Size(p.waits) + " (--all removes them, too)\n"
	}
	_, err := fmt.Fprint(p.Output, text)
	return err
}
