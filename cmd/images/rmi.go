package images

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/events"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/store"
)

func rmiCommand() *cli.Command {
	return &cli.Command{
		Name: "rmi", Usage: "remove images, or names of images", Category: category,
		UsageText: "mydocker rmi [options] IMAGE...",
		Description: "A name is taken away; with its last name the image goes, and what no other image needs of it. An id means the " +
			"image itself, which must have no more than one name, or --force takes all away. What a container needs stays, one that was " +
			"kept (--rm=false) as well. Exit status: 0 all is removed, 1 something is not.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "force", Aliases: []string{"f"}, Usage: "also an image with several names, and the last name of one that a container needs, which then stays without"},
			&cli.BoolFlag{Name: "no-prune", Usage: "what is done anyway: images have no parents here"},
		},
		Metadata: command.Takes(-1, nameWords),
		Action:   rmiAction,
	}
}

func rmiAction(ctx context.Context, c *cli.Command) error {
	if c.NArg() == 0 {
		return noImage(c)
	}
	return WithStore(c, func(s *store.Store, state string) error {
		all, err := s.Images()
		var damaged *image.DamagedError // such a one cannot be opened
		if err != nil && !errors.As(err, &damaged) {
			return err
		}
		r := &remover{store: s, state: state, all: all, force: c.Bool("force"), output: command.Output(c)}
		var failed []error
		for _, name := range c.Args().Slice() {
			failed = append(failed, r.remove(name))
		}
		if r.removed {
			_, err = s.Collect(ctx, false)
			failed = append(failed, err)
		}
		return r.failed(failed)
	})
}

// failed is the error for all that has failed. Of what is not there --force says so, and it
// is as it was to be.
func (r *remover) failed(errs []error) error {
	err := exit.Failed(errs...)
	if all := (*exit.FailedError)(nil); errors.As(err, &all) {
		all.Forced = r.force && !slices.ContainsFunc(all.Errors, func(one error) bool {
			var missing *image.NotFoundError
			return !errors.As(one, &missing)
		})
	}
	return err
}

// remover removes images, and prints what it has done.
type remover struct {
	store   *store.Store
	state   string
	all     []store.Named
	force   bool
	output  io.Writer
	removed bool // an image, so that there is something to collect
}

// remove removes a name, or an image by its id.
func (r *remover) remove(name string) error {
	opened, err := image.Open(r.state, name)
	if err != nil {
		return err
	}
	if err := opened.Close(); err != nil { // it is in use as long as it is open
		return err
	}
	names := r.namesOf(opened.Manifest.Digest)
	if opened.Name == "" {
		return r.removeImage(&opened.Record, names)
	}
	reference, err := image.ParseReference(opened.Name)
	if err != nil {
		return err
	}
	if !slices.Contains(names, reference) { // it was found by its digest
		return r.removeImage(&opened.Record, names)
	}
	return r.removeName(&opened.Record, names, reference)
}

// namesOf are the names of an image, of which those are gone that were removed before.
func (r *remover) namesOf(manifest image.Digest) []image.Reference {
	for i := range r.all {
		if r.all[i].Manifest.Digest == manifest {
			return slices.Clone(r.all[i].Names)
		}
	}
	return nil
}

// removeName takes a name away, and with the last one the image.
func (r *remover) removeName(record *image.Record, names []image.Reference, name image.Reference) error {
	isLast := !slices.ContainsFunc(names, func(other image.Reference) bool { return other != name })
	if isLast && !r.force {
		err := r.store.RemoveImage(record.Manifest.Digest, name)
		if used := (*store.InUseError)(nil); errors.As(err, &used) {
			return fmt.Errorf("conflict: unable to remove repository reference %q (must force): %w", name.Familiar(), err)
		}
		if err != nil {
			return err
		}
		return r.gone(record, name)
	}
	if err := r.store.Untag(name); err != nil {
		return err
	}
	r.forget(record.Manifest.Digest, name)
	happened(r.state, events.Untag, record.ID(), name)
	if _, err := fmt.Fprintln(r.output, "Untagged: "+name.Familiar()); err != nil || !isLast {
		return err
	}
	err := r.store.RemoveImage(record.Manifest.Digest)
	if used := (*store.InUseError)(nil); errors.As(err, &used) {
		return nil // it stays without a name, as in Docker
	}
	if err != nil {
		return err
	}
	return r.gone(record)
}

// removeImage removes an image with all of its names.
func (r *remover) removeImage(record *image.Record, names []image.Reference) error {
	id := record.ID().Short()
	if len(names) > 1 && !r.force {
		return fmt.Errorf("conflict: unable to delete %s (must be forced) - image is referenced in multiple repositories", id)
	}
	err := r.store.RemoveImage(record.Manifest.Digest, names...)
	if used := (*store.InUseError)(nil); errors.As(err, &used) {
		return fmt.Errorf("conflict: unable to delete %s (cannot be forced): %w", id, err)
	}
	if err != nil {
		return err
	}
	return r.gone(record, names...)
}

// gone prints that an image is removed, with its last names.
func (r *remover) gone(record *image.Record, names ...image.Reference) error {
	r.removed = true
	r.forget(record.Manifest.Digest, names...)
	happened(r.state, events.Delete, record.ID())
	for _, name := range names {
		happened(r.state, events.Untag, record.ID(), name)
		if _, err := fmt.Fprintln(r.output, "Untagged: "+name.Familiar()); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(r.output, "Deleted: "+string(record.ID()))
	return err
}

// forget takes names off the list.
func (r *remover) forget(manifest image.Digest, names ...image.Reference) {
	for i := range r.all {
		if r.all[i].Manifest.Digest == manifest {
			r.all[i].Names = slices.DeleteFunc(r.all[i].Names, func(name image.Reference) bool { return slices.Contains(names, name) })
		}
	}
}
