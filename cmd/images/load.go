package images

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v3"
	"golang.org/x/term"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/events"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/archive"
	"github.com/mydocker/mydocker/container/image/ingest"
	"github.com/mydocker/mydocker/container/image/progress"
	"github.com/mydocker/mydocker/container/image/store"
	"github.com/mydocker/mydocker/utils"
)

func loadCommand() *cli.Command {
	return &cli.Command{
		Name: "load", Usage: "take images from an archive into the store", Category: category,
		UsageText: "mydocker load [options]",
		Description: "The archive may be what docker save, podman save, skopeo, buildah or umoci write: a docker-archive, an OCI " +
			"archive, or the directory of an OCI layout; each also compressed with gzip, zstd, bzip2 or xz. What it is, its content tells.",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "input", Aliases: []string{"i"}, Usage: "read `FILE`, or a directory; - and without it stdin"},
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "show no progress"},
			&cli.StringFlag{Name: "platform", Usage: "of several images take the one for `OS/ARCH[/VARIANT]`, and no other"},
		}, limitFlags()...),
		Metadata: command.Takes(0, nil),
		Action:   loadAction,
	}
}

// platformOption is the value of --platform, nil for none.
func platformOption(c *cli.Command) (*image.Platform, error) {
	if !c.IsSet("platform") {
		return nil, nil
	}
	platform, err := image.ParsePlatform(c.String("platform"))
	if err != nil {
		return nil, exit.Usage(c.Name + ": " + err.Error())
	}
	return &platform, nil
}

func loadAction(ctx context.Context, c *cli.Command) error {
	if c.NArg() > 0 {
		return exit.Usage(fmt.Sprintf("load: it takes no arguments; -i %q names a file", c.Args().First()))
	}
	platform, err := platformOption(c)
	if err != nil {
		return err
	}
	l := &loading{out: command.Output(c), quiet: c.Bool("quiet")}
	if l.options, err = limitedOptions(c, nil); err != nil {
		return err
	}
	err = WithStore(c, func(s *store.Store, state string) error {
		l.store, l.state = s, state
		return l.archive(ctx, c.String("input"), platform)
	})
	return errors.Join(err, printWarnings(c.Root().ErrWriter, l.warnings))
}

// printWarnings prints what did not keep images from being taken in.
func printWarnings(w io.Writer, warnings []string) error {
	for _, warning := range warnings {
		if _, err := fmt.Fprintf(w, "mydocker: warning: %s\n", utils.OneLine(warning)); err != nil {
			return err
		}
	}
	return nil
}

// openInput opens a file, or a directory; "" and "-" are stdin.
func openInput(ctx context.Context, name string) (file *os.File, shown string, err error) {
	if name != "" && name != "-" {
		file, err = archive.OpenFile(ctx, name)
		return file, name, err
	}
	if term.IsTerminal(int(os.Stdin.Fd())) {
		return nil, "", errors.New("requested load from stdin, but stdin is empty (it is a terminal; -i names a file)")
	}
	return os.Stdin, "stdin", nil
}

// loading is a load that goes on.
type loading struct {
	out      io.Writer
	store    *store.Store
	state    string
	quiet    bool
	options  *ingest.Options
	warnings []string
}

// archive loads what there is in a file.
func (l *loading) archive(ctx context.Context, file string, platform *image.Platform) error {
	input, name, err := openInput(ctx, file)
	if err != nil {
		return exit.Failed(err)
	}
	display := progress.New(os.Stderr, progress.Options{Quiet: l.quiet})
	reader, err := archive.Open(ctx, input, l.store, &archive.Options{Platform: platform, MaxBytes: l.options.MaxBytes, Progress: display})
	display.Close()
	if err != nil {
		return errors.Join(exit.Failed(fmt.Errorf("%s: %w", name, raised(err))), input.Close())
	}
	for _, found := range reader.Images {
		if err = l.one(ctx, found); err != nil {
			break
		}
	}
	return errors.Join(err, reader.Close(), input.Close())
}

func (l *loading) one(ctx context.Context, found *archive.Image) error {
	replaced, err := replacedBy(l.store, found)
	if err != nil {
		return err
	}
	// The bars of an image are gone before a line about it is printed.
	display := progress.New(os.Stderr, progress.Options{Quiet: l.quiet})
	size := int64(0)
	for _, layer := range found.Layers {
		size += layer.Blob.Size
	}
	display.Expect(size)
	options := *l.options
	options.Progress = &loadProgress{display}
	options.Warn = func(text string) { l.warnings = append(l.warnings, nameOf(found)+": "+text) }
	record, others, err := ingest.Take(ctx, l.store, &found.Image, &options, found.Names...)
	display.Close()
	if err != nil {
		return exit.Failed(fmt.Errorf("%s: %w", nameOf(found), raised(err)))
	}
	happened(l.state, events.Load, record.ID(), found.Names...)
	if text := otherOwners(others); text != "" {
		options.Warn(text)
	}
	for _, line := range append(replaced, loaded(record, found)...) {
		if _, err := fmt.Fprintln(l.out, line); err != nil {
			return err
		}
	}
	return nil
}

// nameOf is an image of an archive for people.
func nameOf(found *archive.Image) string {
	if len(found.Names) == 0 {
		return "an image without a name"
	}
	return found.Names[0].Familiar()
}

// loaded says in Docker's words what was loaded.
func loaded(record *image.Record, found *archive.Image) (lines []string) {
	for _, name := range found.Names {
		lines = append(lines, "Loaded image: "+name.Familiar())
	}
	if len(lines) == 0 {
		lines = append(lines, "Loaded image ID: "+string(record.ID()))
	}
	return lines
}
