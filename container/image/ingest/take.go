package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"sync"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/manifest"
	"github.com/mydocker/mydocker/container/image/store"
	"github.com/mydocker/mydocker/container/image/unpack"
	"github.com/mydocker/mydocker/container/image/userns"
)

// taking is an image that is being taken in.
type taking struct {
	*Options
	store   *store.Store
	lease   *store.Lease
	variant store.Variant
	worker  worker
	source  Source
	layers  []Layer

	parts map[pair]*part
	taken []image.Layer // from the lowest up, when it is known
	known func() (map[pair]bool, error)
	notes notes
}

// pair is a layer and the blob that is its archive, compressed or not.
type pair struct{ blob, diffID image.Digest }

func (l *Layer) pair() pair { return pair{l.Blob.Digest, l.DiffID} }

// part is what has become of a layer.
type part struct {
	blob    image.Descriptor
	size    int64
	depends bool // it is settled when those below it are

	// One that is unpacked, but for directories that get their owner and mode of those below.
	unsettled *store.NewLayer
	implied   []string
}

// Take takes an image in and gives it names. It returns the record, and how many entries have
// another owner than their archive says, because the caller has no ids for those.
func Take(ctx context.Context, s *store.Store, i *Image, o *Options, names ...image.Reference) (record *image.Record, owners int64, err error) {
	config, err := i.readConfig()
	if err == nil {
		err = i.checkManifest()
	}
	if err != nil {
		return nil, 0, err
	}
	t, err := begin(s, i.Source, i.Layers, o)
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, t.end()) }()
	if err := t.all(ctx); err != nil {
		return nil, 0, err
	}
	record, err = t.record(i, config)
	if err == nil {
		err = t.lease.Commit(record, names...)
	}
	if err != nil {
		return nil, 0, err
	}
	t.notes.tell(t.Warn)
	return record, t.notes.owners, nil
}

// Unpack unpacks the layers of an image that is in the store for another user namespace.
func Unpack(ctx context.Context, s *store.Store, record *image.Record, o *Options) (owners int64, err error) {
	list := make([]Layer, 0, len(record.Layers))
	for n := range record.Layers {
		list = append(list, Layer{Blob: record.Layers[n].Blob, DiffID: record.Layers[n].DiffID})
	}
	t, err := begin(s, nil, list, o)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, t.end()) }()
	if err := t.all(ctx); err != nil {
		return 0, err
	}
	if err := t.lease.Commit(record); err != nil {
		return 0, err
	}
	t.notes.tell(t.Warn)
	return t.notes.owners, nil
}

func begin(s *store.Store, source Source, list []Layer, o *Options) (*taking, error) {
	t := &taking{Options: o, store: s, source: source, layers: list, parts: map[pair]*part{}}
	t.known = sync.OnceValues(t.readKnown)
	if err := t.findRoot(); err != nil {
		return nil, err
	}
	var err error
	if t.lease, err = s.Lease(); err != nil {
		return nil, errors.Join(err, t.worker.Close())
	}
	return t, nil
}

func (t *taking) end() error {
	err := t.worker.Close()
	for _, p := range t.parts {
		if p.unsettled != nil {
			err = errors.Join(err, p.unsettled.Close())
		}
	}
	return errors.Join(err, t.lease.Close())
}

// maxJobs is how many layers go beside each other, unless it is said: more of them fetch no
// faster, and registries do not like it.
const maxJobs = 6

// all takes all layers in: at first all at once, the largest first, for which nobody should
// have to wait at the end, and then those that depend on others.
func (t *taking) all(ctx context.Context) error {
	order := t.order()
	jobs := t.Jobs
	if jobs <= 0 {
		jobs = min(max(runtime.GOMAXPROCS(0), 3), maxJobs)
	}
	err := each(ctx, len(order), jobs, func(ctx context.Context, i int) error {
		return t.about(order[i], t.layer(ctx, order[i]))
	})
	for n := 0; n < len(t.layers) && err == nil; n++ {
		err = t.about(n, t.settle(ctx, n))
	}
	return err
}

// order lists each layer once: an image may have one several times.
func (t *taking) order() (order []int) {
	for n := range t.layers {
		if l := &t.layers[n]; t.parts[l.pair()] == nil {
			t.parts[l.pair()] = &part{blob: l.Blob}
			order = append(order, n)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(t.layers[b].Blob.Size, t.layers[a].Blob.Size) })
	return order
}

// about names the layer in an error.
func (t *taking) about(n int, err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	name := t.layers[n].Blob.Digest
	if name == "" {
		name = t.layers[n].DiffID
	}
	return fmt.Errorf("layer %s: %w", name.Short(), store.Explained(err))
}

// record is what the store will know of the image.
func (t *taking) record(i *Image, config *manifest.Config) (*image.Record, error) {
	digest, err := t.lease.PutDocument(i.Config)
	if err != nil {
		return nil, err
	}
	r := &image.Record{
		Version: image.RecordVersion, Layers: t.taken, Platform: config.Platform, Created: config.Created, Run: config.Run,
		Config: image.Descriptor{MediaType: manifest.OCIConfig, Digest: digest, Size: int64(len(i.Config))},
	}
	if r.Platform.OS == "" {
		r.Platform.OS = "linux"
	}
	for n := range t.taken {
		r.Size += t.taken[n].Size
	}
	content := i.Manifest
	r.Manifest.MediaType = i.MediaType
	if content == nil {
		r.Manifest.MediaType = manifest.OCIManifest
		made := &manifest.Image{Config: r.Config}
		for n := range t.taken {
			made.Layers = append(made.Layers, t.taken[n].Blob)
		}
		if content, err = manifest.Make(made); err != nil {
			return nil, err
		}
	} else if document, err := manifest.Parse(i.MediaType, content); err == nil {
		r.Manifest.MediaType, r.Config.MediaType = document.MediaType, document.Image.Config.MediaType
	}
	if r.Manifest.Digest, err = t.lease.PutDocument(content); err != nil {
		return nil, err
	}
	r.Manifest.Size = int64(len(content))
	return r, t.putIndex(r, i)
}

func (t *taking) putIndex(r *image.Record, i *Image) error {
	if i.Index == "" || i.IndexDocument == nil {
		return nil
	}
	digest, err := t.lease.PutDocument(i.IndexDocument)
	if err == nil && digest != i.Index {
		err = &store.DigestError{What: "index", Want: i.Index, Got: digest}
	}
	r.Index = digest
	return err
}

// findRoot finds out for whom the layers are unpacked, and who does it.
func (t *taking) findRoot() error {
	if t.Maps == nil {
		if os.Geteuid() != 0 {
			return errors.New("layers are unpacked for a user namespace, unless root does it")
		}
		variant, err := image.OwnVariant()
		t.variant.Variant, t.worker = variant, here{}
		return err
	}
	w, err := userns.Start(t.Maps)
	if err != nil {
		return err
	}
	t.worker = w
	t.variant.Variant = w.Variant
	t.variant.UID, t.variant.GID = t.Maps.RootIDs()
	return nil
}

// worker unpacks as root of the containers.
type worker interface {
	Layer(ctx context.Context, r io.Reader, dir *os.File, o *unpack.Options) (unpack.Result, error)
	Imply(ctx context.Context, dir *os.File, implied []string, o *unpack.Options) error
	Close() error
}

// here is the process itself.
type here struct{}

func (here) Layer(ctx context.Context, r io.Reader, dir *os.File, o *unpack.Options) (unpack.Result, error) {
	return unpack.Layer(ctx, r, dir, o)
}

func (here) Imply(ctx context.Context, dir *os.File, implied []string, o *unpack.Options) error {
	return unpack.Imply(ctx, dir, implied, o)
}

func (here) Close() error { return nil }
