package images

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/images/table"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/store"
)

func imagesCommand() *cli.Command {
	return &cli.Command{
		Name: "images", Usage: "list the images in the store", Category: category,
		UsageText: "mydocker images [options] [REPOSITORY[:TAG]]",
		Description: "Filters: dangling=true (without a name), label=KEY[=VALUE], before=IMAGE and since=IMAGE (made before or after it), " +
			"until=TIME|DURATION, reference=PATTERN. A format is a Go template such as {{.Repository}}:{{.Tag}}, the same behind " +
			"\"table \", or json; its fields are " + table.Fields(imageHeader()) + ".",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "all", Aliases: []string{"a"}, Usage: "what is shown anyway: there are no images between others here"},
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print ids alone"},
			&cli.BoolFlag{Name: "no-trunc", Usage: "print whole ids"},
			&cli.BoolFlag{Name: "digests", Usage: "print the digests by which registries know them"},
			&cli.StringSliceFlag{Name: "filter", Aliases: []string{"f"}, Usage: "list those alone for which `KEY=VALUE` holds"},
			&cli.StringFlag{Name: "format", Usage: "table, table TEMPLATE, json or a `TEMPLATE`"},
		},
		Metadata:                  command.Takes(1, nameWords),
		DisableSliceFlagSeparator: true, // a comma is part of a label
		Action:                    imagesAction,
	}
}

func imagesAction(_ context.Context, c *cli.Command) error {
	if c.NArg() > 1 {
		return command.TooMany(c, 1)
	}
	texts := c.StringSlice("filter")
	if c.NArg() == 1 {
		texts = append(texts, "reference="+c.Args().First())
	}
	filters, err := parseFilters(texts, "dangling", "label", "before", "since", "until", "reference")
	if err != nil {
		return err
	}
	all, state, damaged := listImages(c)
	if all == nil && damaged != nil {
		return damaged
	}
	chosen, err := filters.choose(state, all)
	if err != nil {
		return err
	}
	list := table.List[imageRow]{Format: c.String("format"), Default: imageColumns(c.Bool("digests")), Header: imageHeader()}
	if c.Bool("quiet") && list.Format == "" {
		list.Format = "{{.ID}}"
	}
	var rows []imageRow
	for _, named := range chosen {
		rows = append(rows, rowsOf(named, c.Bool("no-trunc"), time.Now())...)
	}
	return errors.Join(list.Print(command.Output(c), rows), damaged)
}

// imageRow is a line of the list: an image by one of its names. The fields are Docker's, in
// the order of its JSON.
type imageRow struct {
	Containers, CreatedAt, CreatedSince, Digest, ID, Platform, Repository, SharedSize, Size, Tag, UniqueSize string
}

func imageHeader() table.Header {
	return table.Header{
		"Containers": "CONTAINERS", "CreatedAt": "CREATED AT", "CreatedSince": "CREATED", "Digest": "DIGEST", "ID": "IMAGE ID", "Platform": "PLATFORM",
		"Repository": "REPOSITORY", "SharedSize": "SHARED SIZE", "Size": "SIZE", "Tag": "TAG", "UniqueSize": "UNIQUE SIZE",
	}
}

func imageColumns(digests bool) string {
	if digests {
		return `{{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}`
	}
	return `{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}`
}

// nothing stands for a name that an image has not.
const nothing = "<none>"

// rowsOf are the lines of an image, one for each of its names.
func rowsOf(named *store.Named, whole bool, now time.Time) []imageRow {
	created := table.Time(named.Created)
	row := imageRow{
		Containers: table.Unknown, SharedSize: table.Unknown, UniqueSize: table.Unknown,
		CreatedAt: table.At(created), CreatedSince: table.Since(created, now),
		ID: shown(named.ID(), whole), Digest: string(digestOf(&named.Record)),
		Size: table.Size(named.Size), Platform: platformOf(&named.Record),
		Repository: nothing, Tag: nothing,
	}
	if len(named.Names) == 0 {
		return []imageRow{row}
	}
	rows := make([]imageRow, len(named.Names))
	for i, name := range named.Names {
		rows[i] = row
		rows[i].Repository, rows[i].Tag = name.FamiliarName(), cmp.Or(name.Tag, nothing)
	}
	return rows
}

// digestOf is the digest by which a registry has an image: that of the index, where there is one.
func digestOf(record *image.Record) image.Digest { return cmp.Or(record.Index, record.Manifest.Digest) }

func platformOf(record *image.Record) string {
	text := record.Platform.OS + "/" + record.Platform.Architecture
	if record.Platform.Variant != "" {
		text += "/" + record.Platform.Variant
	}
	return text
}

// shown is an id for people, or whole.
func shown(id image.Digest, whole bool) string {
	if whole {
		return string(id)
	}
	return id.Short()
}
