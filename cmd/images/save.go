package images

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"
	"golang.org/x/term"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/archive"
	"github.com/mydocker/mydocker/container/image/manifest"
	"github.com/mydocker/mydocker/container/image/store"
)

func saveCommand() *cli.Command {
	return &cli.Command{
		Name: "save", Usage: "write images to an archive", Category: category,
		UsageText: "mydocker save [options] IMAGE...",
		Description: "The archive is an OCI layout and a docker-archive in one, as Docker writes it since version 25; docker, podman " +
			"and skopeo read it. Formats: docker-archive (for programs that are older: layers are not compressed), oci-archive, " +
			"oci-dir (a directory). A name without a tag saves the image with each of its tags.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write to `FILE`; - and without it stdout"},
			&cli.StringFlag{Name: "format", Usage: "docker-archive, oci-archive or oci-dir; without it what is said above"},
			&cli.StringFlag{Name: "platform", Usage: "fail unless the images are for `OS/ARCH[/VARIANT]`"},
		},
		Metadata: command.Takes(-1, nameWords),
		Action:   saveAction,
	}
}

func saveAction(ctx context.Context, c *cli.Command) error {
	if c.NArg() == 0 {
		return noImage(c)
	}
	format := archive.Docker
	if c.IsSet("format") {
		var err error
		if format, err = archive.ParseFormat(c.String("format")); err != nil {
			return exit.Usage("save: " + err.Error())
		}
	}
	platform, err := platformOption(c)
	if err != nil {
		return err
	}
	file := c.String("output")
	if file == "" || file == "-" {
		if file, err = stdoutFor(format); err != nil {
			return exit.Failed(err)
		}
	}
	return WithStore(c, func(s *store.Store, state string) error {
		saving := &saving{store: s, state: state, platform: platform}
		err := saving.find(c.Args().Slice())
		if err == nil {
			err = saving.write(ctx, file, format)
		}
		return exit.Failed(err, saving.close())
	})
}

// stdoutFor says why stdout cannot be written to; what it returns stands for it.
func stdoutFor(format archive.Format) (string, error) {
	switch {
	case format == archive.OCIDirectory:
		return "", errors.New("a directory cannot be written to stdout: -o names it")
	case term.IsTerminal(int(os.Stdout.Fd())):
		return "", errors.New("cowardly refusing to save to a terminal. Use the -o flag or redirect")
	}
	return "", nil
}

// saving is a save that goes on.
type saving struct {
	store    *store.Store
	state    string
	platform *image.Platform
	// opened are in use, so that nobody removes them.
	opened []*image.Image
	images []archive.Saved
}

func (s *saving) close() error {
	var errs []error
	for _, opened := range s.opened {
		errs = append(errs, opened.Close())
	}
	return errors.Join(errs...)
}

// find finds the images, and which names of theirs are saved.
func (s *saving) find(texts []string) error {
	all, damaged := s.store.Images()
	if all == nil && damaged != nil {
		return damaged
	}
	for _, text := range texts {
		names := tagsOf(all, text)
		if names == nil {
			names = []string{text}
		}
		for _, name := range names {
			if err := s.open(name); err != nil {
				return err
			}
		}
	}
	return nil
}

// tagsOf are all names with a tag in a repository that is named alone.
func tagsOf(all []store.Named, text string) (names []string) {
	repository, err := image.ParseReference(text)
	if err != nil || strings.ContainsAny(text[strings.LastIndex(text, "/")+1:], ":@") {
		return nil
	}
	for _, named := range all {
		for _, name := range named.Names {
			if name.Domain == repository.Domain && name.Path == repository.Path {
				names = append(names, name.Familiar())
			}
		}
	}
	slices.Sort(names)
	return names
}

func (s *saving) open(name string) error {
	opened, err := image.Open(s.state, name)
	if err != nil {
		return err
	}
	s.opened = append(s.opened, opened)
	if err := manifest.CheckPlatform(opened.Platform, s.platform); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	i := slices.IndexFunc(s.images, func(saved archive.Saved) bool { return saved.Manifest.Digest == opened.Manifest.Digest })
	if i < 0 {
		i = len(s.images)
		s.images = append(s.images, archive.Saved{Record: &opened.Record})
	}
	if opened.Name == "" {
		return nil // an id gives no name
	}
	reference, err := image.ParseReference(opened.Name)
	if err == nil && reference.Tag != "" && !slices.Contains(s.images[i].Names, reference) {
		s.images[i].Names = append(s.images[i].Names, reference)
	}
	return err
}

func (s *saving) write(ctx context.Context, file string, format archive.Format) error {
	if file != "" {
		return archive.Save(ctx, file, s.store, format, s.images)
	}
	buffered := bufio.NewWriterSize(os.Stdout, 1<<20)
	if err := archive.Write(ctx, buffered, s.store, format, s.images); err != nil {
		return err
	}
	return buffered.Flush()
}
