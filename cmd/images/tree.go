package images

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/images/table"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/compression"
	"github.com/mydocker/mydocker/container/image/contents"
	"github.com/mydocker/mydocker/container/image/store"
	"github.com/mydocker/mydocker/utils"
)

func treeCommand() *cli.Command {
	return &cli.Command{
		Name: "tree", Usage: "show the layers of an image, and what each adds, changes and deletes",
		UsageText: "mydocker image tree [--json] IMAGE",
		Description: "The uppermost layer comes first, as in the root that a container sees. A directory counts where a layer makes it, " +
			"not where it is only named for what is in it. The size is what the layer takes unpacked.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object"},
		},
		Metadata: command.Takes(1, nameWords),
		Action:   treeAction,
	}
}

func treeAction(ctx context.Context, c *cli.Command) error {
	var t tree
	err := withImage(c, func(s *store.Store, _ string, opened *image.Image) error {
		config, err := configOf(s, &opened.Record)
		if err != nil {
			return err
		}
		layers, err := readLayers(ctx, s, &opened.Record)
		if err != nil {
			return err
		}
		t = tree{Name: familiar(opened.Name), ID: opened.ID(), Platform: platformOf(&opened.Record), Size: opened.Size}
		steps := stepsOf(&opened.Record, config.History)
		for n := len(steps) - 1; n >= 0; n-- {
			t.Steps = append(t.Steps, stepOf(&steps[n], &opened.Record, layers))
		}
		return nil
	})
	if err != nil {
		return err
	}
	if c.Bool("json") {
		encoder := json.NewEncoder(command.Output(c))
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(t)
	}
	w := bufio.NewWriter(command.Output(c))
	t.write(w, time.Now())
	return w.Flush()
}

// tree is an image as "image tree" shows it.
type tree struct {
	Name     string       `json:"name"`
	ID       image.Digest `json:"id"`
	Platform string       `json:"platform"`
	Size     int64        `json:"size"`
	// Steps are from the uppermost down. One that only changes settings has no Layer.
	Steps []treeStep `json:"steps"`
}

type treeStep struct {
	Created   string     `json:"created,omitempty"`
	CreatedBy string     `json:"created_by,omitempty"`
	Comment   string     `json:"comment,omitempty"`
	Layer     *treeLayer `json:"layer"`
}

type treeLayer struct {
	// Number is 1 for the lowest.
	Number int          `json:"number"`
	DiffID image.Digest `json:"diff_id"`
	// Size is what it takes unpacked, Stored what its archive takes in the store.
	Size   int64 `json:"size"`
	Stored int64 `json:"stored"`
	contents.Layer
}

func stepOf(s *step, record *image.Record, layers []contents.Layer) treeStep {
	told := treeStep{Created: s.Created, CreatedBy: s.CreatedBy, Comment: s.Comment}
	if s.layer >= 0 {
		layer := &record.Layers[s.layer]
		told.Layer = &treeLayer{Number: s.layer + 1, DiffID: layer.DiffID, Size: layer.Size, Stored: layer.Blob.Size, Layer: layers[s.layer]}
	}
	return told
}

// readLayers reads the archives of all layers, beside each other.
func readLayers(ctx context.Context, s *store.Store, record *image.Record) ([]contents.Layer, error) {
	archives := make([]contents.Archive, len(record.Layers))
	failed := make([]error, len(record.Layers))
	var all sync.WaitGroup
	for i := range record.Layers {
		all.Go(func() { archives[i], failed[i] = readLayer(ctx, s, record.Layers[i].Blob.Digest) })
	}
	all.Wait()
	if err := errors.Join(failed...); err != nil {
		return nil, err
	}
	return contents.Compare(archives), nil
}

func readLayer(ctx context.Context, s *store.Store, digest image.Digest) (contents.Archive, error) {
	blob, err := s.OpenBlob(digest)
	if err != nil {
		return nil, err
	}
	content, _, err := compression.NewReader(utils.UntilDone(ctx, blob))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("layer %s: %w", digest.Short(), err), blob.Close())
	}
	entries, err := contents.ReadArchive(content)
	if err != nil {
		err = fmt.Errorf("layer %s: %w", digest.Short(), err)
	}
	return entries, errors.Join(err, content.Close(), blob.Close())
}

// maxTreeDeleted is how many deleted paths the picture shows, maxTreeStep how much of a step.
const (
	maxTreeDeleted = 3
	maxTreeStep    = 100
)

func (t *tree) write(w *bufio.Writer, now time.Time) {
	line := func(format string, values ...any) {
		// An error stays in w until it is flushed.
		fmt.Fprintf(w, format+"\n", values...) //nolint:errcheck // see above
	}
	count, lowest := 0, 0
	for i := range t.Steps {
		if t.Steps[i].Layer != nil {
			count, lowest = count+1, i
		}
	}
	name := t.Name
	if name != "" {
		name += "  "
	}
	line("%s%s  %s, %s in %s", name, t.ID.Short(), utils.OneLine(t.Platform), table.Size(t.Size), plural(count, "layer", "layers"))
	for i := range t.Steps {
		branch := branches{"├─", "│ "}
		if i >= lowest {
			branch = branches{"└─", "  "}
		}
		t.Steps[i].write(line, branch, now)
	}
}

// branches are what stands before the first line of a step, and before its others.
type branches struct{ first, others string }

func (s *treeStep) write(line func(string, ...any), before branches, now time.Time) {
	made := utils.OneLine(table.Ellipsis(strings.Join(strings.Fields(s.CreatedBy), " "), maxTreeStep))
	if s.Layer == nil {
		line("%s     %s", before.others, strings.TrimSpace(made+"  (no layer)"))
		return
	}
	l := s.Layer
	head := fmt.Sprintf("%s %d ─ %s  %s", before.first, l.Number, l.DiffID.Short(), table.Size(l.Size))
	if created := table.Time(s.Created); !created.IsZero() {
		head += ", " + table.Since(created, now)
	}
	line("%s", head)
	if made != "" {
		line("%s     %s", before.others, made)
	}
	counts := fmt.Sprintf("%d added, %d changed, %d deleted", l.Added, l.Changed, len(l.Deleted))
	line("%s     %s", before.others, counts)
	for _, file := range l.Biggest {
		line("%s     %8s  %s", before.others, table.Size(file.Size), utils.OneLine(file.Path))
	}
	for n, path := range l.Deleted {
		if n == maxTreeDeleted {
			line("%s     %8s  and %d more", before.others, "deleted", len(l.Deleted)-n)
			break
		}
		line("%s     %8s  %s", before.others, "deleted", utils.OneLine(path))
	}
}

// plural writes a count with its noun.
func plural(count int, one, many string) string {
	if count == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", count, many)
}

// familiar is a whole name as Docker shows it.
func familiar(name string) string {
	reference, err := image.ParseReference(name)
	if err != nil {
		return name // "" of an image that was found by its id
	}
	return reference.Familiar()
}
