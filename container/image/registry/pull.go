package registry

import (
	"context"
	"errors"
	"fmt"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/ingest"
	"github.com/mydocker/mydocker/container/image/manifest"
	"github.com/mydocker/mydocker/container/image/store"
)

// PullOptions say what is pulled, and how.
type PullOptions struct {
	// Platform is the one that is wanted, nil for this machine's.
	Platform *image.Platform
	// Take says how the image is taken in.
	Take ingest.Options
	// Found is called when the registry has named the image, with the bytes of its layers.
	Found func(size int64)
	// Warn is told what did not end the pull.
	Warn func(error)
}

// Pulled is an image that was pulled.
type Pulled struct {
	// Digest is what the name stands for in the registry: that of an index or a manifest.
	Digest image.Digest
	// UpToDate is whether the registry has named the image that the name has meant before, so
	// that its layers were not looked at.
	UpToDate bool
	// Newer is whether the name has meant another image, or none, before.
	Newer bool
	// Owners is how many files have another owner than the image says, see ingest.Take.
	Owners int64
}

// Pull pulls an image into the store of a directory of state.
func (c *Client) Pull(ctx context.Context, s *store.Store, state string, r image.Reference, o *PullOptions) (*Pulled, error) {
	before, err := haveBefore(state, r)
	if err != nil {
		return nil, err
	}
	var pulled *Pulled
	for _, at := range c.endpoints(r.Domain) {
		pulled, err = c.pullFrom(ctx, at, s, r, before, o)
		var remote *remoteError
		if err == nil || ctx.Err() != nil || !errors.As(err, &remote) {
			return pulled, err
		}
		if at.mirror {
			o.Warn(fmt.Errorf("mirror %s: %w", at.host, err))
		}
	}
	return pulled, err
}

// haveBefore is the record of the image that has the name already, or nil.
func haveBefore(state string, r image.Reference) (*image.Record, error) {
	opened, err := image.Open(state, r.String())
	var missing *image.NotFoundError
	if errors.As(err, &missing) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &opened.Record, opened.Close()
}

// pullFrom pulls from an endpoint.
func (c *Client) pullFrom(ctx context.Context, at endpoint, s *store.Store, r image.Reference, before *image.Record, o *PullOptions) (*Pulled, error) {
	ctx, kept := withRefusals(ctx)
	repository, err := c.open(ctx, at, r.Path)
	if err != nil {
		return nil, c.explain(&remoteError{err}, r, at, kept)
	}
	if digest, same := repository.same(ctx, r, before, o.Platform); same {
		return &Pulled{Digest: digest, UpToDate: true}, nil
	}
	pulled, err := repository.pull(ctx, s, r, before, o)
	if ingest.IsDamage(err) { // on its way, perhaps, and nothing of it was kept
		pulled, err = repository.pull(ctx, s, r, before, o)
	}
	return pulled, c.explain(err, r, at, kept)
}

// same asks the registry, in one request and without content, whether a name means what it
// has meant before. A registry that cannot tell is asked for the manifest.
func (r *repository) same(ctx context.Context, reference image.Reference, before *image.Record, platform *image.Platform) (image.Digest, bool) {
	if before == nil || manifest.CheckPlatform(before.Platform, platform) != nil {
		return "", false
	}
	digest := reference.Digest
	if digest == "" {
		said, err := r.Resolve(ctx, reference.Tag)
		if err != nil {
			return "", false
		}
		digest = image.Digest(said.Digest)
	}
	return digest, digest == before.Manifest.Digest || digest == before.Index
}

// pull pulls an image.
func (r *repository) pull(ctx context.Context, s *store.Store, reference image.Reference, before *image.Record, o *PullOptions) (*Pulled, error) {
	platform := image.HostPlatform()
	if o.Platform != nil {
		platform = *o.Platform
	}
	found, err := r.resolve(ctx, reference, platform)
	if err != nil {
		return nil, err
	}
	content, err := r.fetchDocument(ctx, found.manifest.Config)
	if err != nil {
		return nil, err
	}
	taken := &ingest.Image{
		Manifest: found.content, MediaType: found.mediaType, Config: content, Source: source{r},
	}
	if found.index != nil {
		taken.Index, taken.IndexDocument = found.digest, found.index
	}
	if taken.Layers, err = layersOf(found.manifest, content, o.Platform); err != nil {
		return nil, err
	}
	if o.Found != nil {
		size := int64(0)
		for _, layer := range taken.Layers {
			size += layer.Blob.Size
		}
		o.Found(size)
	}
	record, owners, err := ingest.Take(ctx, s, taken, &o.Take, reference)
	if err != nil {
		return nil, err
	}
	newer := before == nil || before.Manifest.Digest != record.Manifest.Digest
	return &Pulled{Digest: found.digest, Newer: newer, Owners: owners}, nil
}

// layersOf are the layers that a manifest and its configuration agree on. platform is the one
// that was asked for, nil for none.
func layersOf(m *manifest.Image, content []byte, platform *image.Platform) ([]ingest.Layer, error) {
	config, err := manifest.ParseConfig(content)
	if err != nil {
		return nil, err
	}
	if err := manifest.CheckPlatform(config.Platform, platform); err != nil {
		return nil, err
	}
	if err := config.CheckLayers(len(m.Layers)); err != nil {
		return nil, err
	}
	var layers []ingest.Layer
	for n, blob := range m.Layers {
		layers = append(layers, ingest.Layer{Blob: blob, DiffID: config.RootFS.DiffIDs[n]})
	}
	return layers, nil
}

// Tags are the tags of a repository.
func (c *Client) Tags(ctx context.Context, r image.Reference) ([]string, error) {
	ctx, kept := withRefusals(ctx)
	var tags []string
	var err error
	for _, at := range c.endpoints(r.Domain) {
		var repository *repository
		if repository, err = c.open(ctx, at, r.Path); err == nil {
			tags, err = repository.allTags(ctx)
		}
		if err == nil || ctx.Err() != nil {
			return tags, err
		}
		err = c.explain(&remoteError{err}, image.Reference{Domain: r.Domain, Path: r.Path}, at, kept)
	}
	return nil, err
}

// allTags are the tags of the repository, on all pages. A registry could have pages without end.
func (r *repository) allTags(ctx context.Context) (tags []string, err error) {
	left := store.MaxDocument
	err = r.Tags(ctx, "", func(page []string) error {
		for _, tag := range page {
			if left -= len(tag) + 1; left < 0 {
				return fmt.Errorf("the list of its tags is longer than %d bytes", store.MaxDocument)
			}
		}
		tags = append(tags, page...)
		return nil
	})
	return tags, err
}
