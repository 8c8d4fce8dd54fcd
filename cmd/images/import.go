package images

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/events"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/archive"
	"github.com/mydocker/mydocker/container/image/change"
	"github.com/mydocker/mydocker/container/image/ingest"
	"github.com/mydocker/mydocker/container/image/manifest"
	"github.com/mydocker/mydocker/container/image/store"
)

func importCommand() *cli.Command {
	return &cli.Command{
		Name: "import", Usage: "make an image of a root's files", Category: category,
		UsageText: "mydocker import [options] FILE|DIR|- [NAME[:TAG]]",
		Description: "FILE is a tar archive, also compressed with gzip, zstd, bzip2 or xz, - is one on stdin, and DIR a directory; " +
			"they become the only layer. A change is an instruction as in a Dockerfile, such as 'CMD sh': CMD, ENTRYPOINT, ENV, EXPOSE, " +
			"HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME and WORKDIR are known.",
		Flags: append([]cli.Flag{
			&cli.StringSliceFlag{Name: "change", Aliases: []string{"c"}, Usage: "give the image `INSTRUCTION`"},
			&cli.StringFlag{Name: "message", Aliases: []string{"m"}, Usage: "what its history says of it"},
			&cli.StringFlag{Name: "platform", Usage: "it is made for `OS/ARCH[/VARIANT]`"},
		}, limitFlags()...),
		Metadata:                  command.Takes(1, shellsFiles),
		DisableSliceFlagSeparator: true, // a comma is part of a change
		Action:                    importAction,
	}
}

// shellsFiles asks the shell to complete the name of a file.
func shellsFiles(*cli.Command) []command.Word { return []command.Word{{Value: ":files"}} }

func importAction(ctx context.Context, c *cli.Command) error {
	if c.NArg() == 0 {
		return exit.Usage("import: no file given")
	}
	if c.NArg() > 2 {
		return command.TooMany(c, 2)
	}
	config, err := importConfig(c)
	if err != nil {
		return err
	}
	options, err := limitedOptions(c, nil)
	if err != nil {
		return err
	}
	names, err := SecondName(c)
	if err != nil {
		return err
	}
	var warnings []string
	options.Warn = func(text string) { warnings = append(warnings, text) }
	err = WithStore(c, func(s *store.Store, state string) error {
		record, err := importRoot(ctx, s, c.Args().First(), config, options, names)
		if err != nil {
			return exit.Failed(err)
		}
		if hasImages(state, record) {
			options.Warn(c.Args().First() + " is an archive of images, which mydocker load takes; now it is the files of a root")
		}
		happened(state, events.Import, record.ID(), names...)
		_, err = fmt.Fprintln(command.Output(c), record.ID())
		return err
	})
	return errors.Join(err, printWarnings(c.Root().ErrWriter, warnings))
}

// hasImages reports whether the root that was imported is what "save" writes: load and import
// are easily mixed up.
func hasImages(state string, record *image.Record) bool {
	opened, err := image.OpenManifest(state, record.Manifest.Digest)
	if err != nil {
		return false
	}
	found := false
	if variant, err := callersVariant(); err == nil {
		lowers, err := opened.Lowers(variant)
		for _, name := range []string{"manifest.json", "oci-layout"} {
			if err == nil && len(lowers) == 1 {
				_, missing := os.Lstat(filepath.Join(lowers[0], name))
				found = found || missing == nil
			}
		}
	}
	return opened.Close() == nil && found
}

// importConfig is what the flags say of the image.
func importConfig(c *cli.Command) (*manifest.Config, error) {
	config := &manifest.Config{Platform: image.HostPlatform(), Created: time.Now().UTC().Format(time.RFC3339Nano)}
	platform, err := platformOption(c)
	if err != nil {
		return nil, err
	}
	if platform != nil {
		config.Platform = *platform
	}
	if err := change.Apply(&config.Run, c.StringSlice("change")); err != nil {
		return nil, exit.Usage("import: " + err.Error())
	}
	comment := c.String("message")
	if comment == "" {
		comment = "Imported from " + c.Args().First()
	}
	config.History = []manifest.History{{Created: config.Created, Comment: comment}}
	return config, nil
}

// openRoot opens what is imported. Docker fetches an address itself, also without encryption.
func openRoot(ctx context.Context, name string) (*os.File, error) {
	if strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://") {
		return nil, fmt.Errorf("%s: an address is not fetched; curl -fL %s | mydocker import - does it", name, name)
	}
	file, _, err := openInput(ctx, name)
	return file, err
}

func importRoot(ctx context.Context, s *store.Store, name string, config *manifest.Config, options *ingest.Options,
	names []image.Reference) (_ *image.Record, err error) {
	input, err := openRoot(ctx, name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, input.Close()) }()
	root, err := readRoot(ctx, s, input, options)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, raised(err))
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	made, err := root.Image(config)
	if err != nil {
		return nil, err
	}
	record, others, err := ingest.Take(ctx, s, made, options, names...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, raised(err))
	}
	if text := otherOwners(others); text != "" {
		options.Warn(text)
	}
	return record, nil
}

// readRoot puts the root that is in a file or directory into the store.
func readRoot(ctx context.Context, s *store.Store, input *os.File, options *ingest.Options) (*archive.Root, error) {
	info, err := input.Stat()
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return archive.ReadDirectory(ctx, input, s, options)
	}
	return archive.ReadRoot(ctx, input, s, options.MaxBytes)
}
