package images

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/images/table"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/manifest"
	"github.com/mydocker/mydocker/container/image/store"
)

func historyCommand() *cli.Command {
	return &cli.Command{
		Name: "history", Usage: "show the steps in which an image was made", Category: category,
		UsageText: "mydocker history [options] IMAGE",
		Description: "The last step comes first. Only the image itself has an id here, so the others show <missing>, as those of " +
			"pulled images do in Docker. The fields of a format are " + table.Fields(historyHeader()) + ".",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "human", Aliases: []string{"H"}, Value: true, Usage: "print sizes and times for people; --human=false prints bytes and times"},
			&cli.BoolFlag{Name: "no-trunc", Usage: "print whole ids and whole steps"},
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print ids alone"},
			&cli.StringFlag{Name: "format", Usage: "table, table TEMPLATE, json or a `TEMPLATE`"},
		},
		Metadata: command.Takes(1, nameWords),
		Action:   historyAction,
	}
}

func historyAction(_ context.Context, c *cli.Command) error {
	var rows []historyRow
	err := withImage(c, func(s *store.Store, _ string, opened *image.Image) error {
		config, err := configOf(s, &opened.Record)
		if err == nil {
			rows = historyOf(&opened.Record, config.History, &historyForm{whole: c.Bool("no-trunc"), human: c.Bool("human"), now: time.Now()})
		}
		return err
	})
	if err != nil {
		return err
	}
	list := table.List[historyRow]{
		Format: c.String("format"), Header: historyHeader(),
		Default: `{{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}`,
	}
	if c.Bool("quiet") && list.Format == "" {
		list.Format = "{{.ID}}"
	}
	return list.Print(command.Output(c), rows)
}

// historyRow is a step. The fields are Docker's, in the order of its JSON.
type historyRow struct{ Comment, CreatedAt, CreatedBy, CreatedSince, ID, Size string }

func historyHeader() table.Header {
	return table.Header{
		"Comment": "COMMENT", "CreatedAt": "CREATED AT", "CreatedBy": "CREATED BY", "CreatedSince": "CREATED", "ID": "IMAGE", "Size": "SIZE",
	}
}

// historyForm says how steps are written.
type historyForm struct {
	whole, human bool
	now          time.Time
}

// maxStep is how much of a step a table shows.
const maxStep = 45

// step is one in which an image was made, and what its layer takes.
type step struct {
	manifest.History
	size int64
	// layer is the layer's number, -1 for none.
	layer int
}

// stepsOf are the steps of an image, the first one first. Layers that no step tells of come
// last: what an import or a tool has made of an image may have no history.
func stepsOf(record *image.Record, history []manifest.History) []step {
	var steps []step
	next := 0
	for _, told := range history {
		s := step{History: told, layer: -1}
		if !told.EmptyLayer && next < len(record.Layers) {
			s.layer, s.size = next, record.Layers[next].Size
			next++
		}
		steps = append(steps, s)
	}
	for ; next < len(record.Layers); next++ {
		steps = append(steps, step{layer: next, size: record.Layers[next].Size})
	}
	return steps
}

func historyOf(record *image.Record, history []manifest.History, form *historyForm) []historyRow {
	steps := stepsOf(record, history)
	rows := make([]historyRow, 0, len(steps))
	for n := len(steps) - 1; n >= 0; n-- {
		row := form.row(&steps[n])
		if n == len(steps)-1 {
			row.ID = shown(record.ID(), form.whole)
		}
		rows = append(rows, row)
	}
	return rows
}

// missing stands for the id of a step, which only the machine that made it knew.
const missing = "<missing>"

func (f *historyForm) row(s *step) historyRow {
	created := table.Time(s.Created)
	row := historyRow{
		ID: missing, Comment: s.Comment, CreatedBy: strings.ReplaceAll(s.CreatedBy, "\t", " "), CreatedAt: table.Unknown,
		CreatedSince: table.Since(created, f.now), Size: table.Size(s.size),
	}
	if !created.IsZero() {
		row.CreatedAt = created.Local().Format(time.RFC3339)
	}
	if !f.human {
		row.CreatedSince, row.Size = row.CreatedAt, strconv.FormatInt(s.size, 10)
	}
	if !f.whole {
		row.CreatedBy = table.Ellipsis(row.CreatedBy, maxStep)
	}
	return row
}
