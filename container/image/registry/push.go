package registry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/ingest"
	"github.com/mydocker/mydocker/container/image/manifest"
	"github.com/mydocker/mydocker/container/image/store"
)

// PushOptions say how an image is pushed.
type PushOptions struct {
	// Jobs is how many layers go beside each other, 0 for the default.
	Jobs     int
	Progress ingest.Progress
	// Found is called when the layers are known, with their bytes.
	Found func(size int64)
}

// defaultUploads is how many layers are pushed beside each other, as in Docker.
const defaultUploads = 5

// Push pushes an image of the store, as it is, byte for byte, under a name that has a tag. It
// is the caller who keeps the image from being removed.
func (c *Client) Push(ctx context.Context, s *store.Store, record *image.Record, r image.Reference, o *PushOptions) error {
	ctx, kept := withRefusals(ctx)
	at := endpoint{host: r.Domain}
	p := &push{store: s, record: record, options: o}
	var err error
	if p.repository, err = c.open(ctx, at, r.Path); err != nil {
		err = &remoteError{err}
	} else {
		err = p.run(ctx, r)
	}
	return c.explain(err, r, at, kept)
}

// push is an image on its way to a registry.
type push struct {
	repository *repository
	store      *store.Store
	record     *image.Record
	options    *PushOptions
	// elsewhere are the repositories of the same registry that have a layer.
	elsewhere map[image.Digest]string
}

// run pushes the layers, the configuration and at last the manifest, which names them.
func (p *push) run(ctx context.Context, r image.Reference) error {
	content, err := p.store.ReadBlob(p.record.Manifest.Digest)
	if err != nil {
		return err
	}
	document, err := manifest.Parse(p.record.Manifest.MediaType, content)
	if err != nil {
		return err
	}
	if document.Image == nil {
		return errors.New("its manifest is an index")
	}
	if p.elsewhere, err = elsewhere(p.store, r); err != nil {
		return err
	}
	if err := p.layers(ctx, document.Image.Layers); err != nil {
		return err
	}
	config := &upload{push: p, Descriptor: document.Image.Config}
	if _, err := config.run(ctx); err != nil {
		return err
	}
	if err := p.repository.PushReference(ctx, descriptor(p.record.Manifest), bytes.NewReader(content), r.Tag); err != nil {
		return &remoteError{err}
	}
	return nil
}

// layers pushes the layers, each once, some of them beside each other.
func (p *push) layers(ctx context.Context, layers []image.Descriptor) error {
	var uploads []*upload
	size, seen := int64(0), map[image.Digest]bool{}
	for _, layer := range layers {
		if !seen[layer.Digest] {
			uploads = append(uploads, &upload{push: p, Descriptor: layer})
			size += layer.Size
		}
		seen[layer.Digest] = true
	}
	if p.options.Found != nil {
		p.options.Found(size)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(defaultUploads)
	if p.options.Jobs > 0 {
		group.SetLimit(p.options.Jobs)
	}
	for _, upload := range uploads {
		group.Go(func() error {
			upload.task = p.options.Progress.Begin(upload.Digest.Short(), upload.Size)
			how, err := upload.run(ctx)
			if err == nil {
				upload.task.End(how)
			}
			return err
		})
	}
	return group.Wait()
}

// elsewhere finds for layers a repository of the same registry that an image with it is
// named after, which the registry can take it from.
func elsewhere(s *store.Store, r image.Reference) (map[image.Digest]string, error) {
	all, err := s.Images()
	if err != nil {
		return nil, fmt.Errorf("look for layers that the registry has: %w", err)
	}
	found := map[image.Digest]string{}
	for _, named := range all {
		n := slices.IndexFunc(named.Names, func(name image.Reference) bool { return name.Domain == r.Domain && name.Path != r.Path })
		if n < 0 {
			continue
		}
		for _, layer := range named.Layers {
			found[layer.Blob.Digest] = named.Names[n].Path
		}
	}
	return found, nil
}

// descriptor is a descriptor as the library has it.
func descriptor(d image.Descriptor) ocispec.Descriptor {
	return ocispec.Descriptor{MediaType: d.MediaType, Digest: digest.Digest(d.Digest), Size: d.Size}
}
