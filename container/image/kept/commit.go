package kept

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/change"
	"github.com/mydocker/mydocker/container/image/compression"
	"github.com/mydocker/mydocker/container/image/ingest"
	"github.com/mydocker/mydocker/container/image/manifest"
	"github.com/mydocker/mydocker/container/image/store"
	"github.com/mydocker/mydocker/container/image/unpack"
)

// Commit says what an image that is made of a container says of itself.
type Commit struct {
	Author, Message string
	// Changes are instructions as in a Dockerfile.
	Changes []string
	Created time.Time
	// Written is how much of the layer was written, for who shows it; nil is nobody.
	Written *atomic.Int64
}

// Commit makes an image of the container and gives it names: its own image's layers, and one
// more with what it has changed. Volumes are none of it.
func (c *Container) Commit(ctx context.Context, s *store.Store, said *Commit, o *ingest.Options, names ...image.Reference) (record *image.Record, written unpack.Archived, err error) {
	config, err := c.config(s, said)
	if err != nil {
		return nil, written, c.named("commit", err)
	}
	lease, err := s.Lease()
	if err != nil {
		return nil, written, err
	}
	defer func() { err = errors.Join(err, lease.Close()) }()
	layer, written, err := c.putLayer(ctx, lease, said.Written)
	if err != nil {
		return nil, written, c.named("commit", err)
	}
	config.RootFS.DiffIDs = append(slices.Clone(config.RootFS.DiffIDs), layer.DiffID)
	made := &ingest.Image{}
	for _, l := range c.Image.Layers {
		l.Blob.MediaType = manifest.OCILayerType(l.Blob.MediaType)
		made.Layers = append(made.Layers, ingest.Layer{Blob: l.Blob, DiffID: l.DiffID})
	}
	made.Layers = append(made.Layers, layer)
	if made.Config, err = json.Marshal(config); err != nil {
		return nil, written, err
	}
	record, _, err = ingest.Take(ctx, s, made, o, names...)
	return record, written, c.named("commit", err)
}

// config is the configuration of the image, of which the last layer is still missing.
func (c *Container) config(s *store.Store, said *Commit) (*manifest.Config, error) {
	content, err := s.ReadBlob(c.Image.Config.Digest)
	if err != nil {
		return nil, err
	}
	config, err := manifest.ParseConfig(content)
	if err != nil {
		return nil, err
	}
	config.Run = c.Config
	if err := change.Apply(&config.Run, said.Changes); err != nil {
		return nil, err
	}
	config.Created, config.Author = said.Created.UTC().Format(time.RFC3339Nano), said.Author
	config.History = append(config.History, manifest.History{
		Created: config.Created, CreatedBy: strings.Join(c.Command(), " "), Author: said.Author, Comment: said.Message,
	})
	return config, nil
}

// putLayer makes a blob of what the container has changed.
func (c *Container) putLayer(ctx context.Context, lease *store.Lease, count *atomic.Int64) (layer ingest.Layer, written unpack.Archived, err error) {
	blob, err := lease.NewBlob()
	if err != nil {
		return layer, written, err
	}
	defer func() { err = errors.Join(err, blob.Close()) }()
	plain := sha256.New()
	packed, err := compression.NewWriter(blob, compression.Gzip)
	if err != nil {
		return layer, written, err
	}
	written, err = c.layer(ctx, io.MultiWriter(plain, packed, counter{count}))
	if closeErr := packed.Close(); err == nil {
		err = closeErr // otherwise it says the same again
	}
	if err != nil {
		return layer, written, err
	}
	layer.DiffID = image.NewDigest(plain.Sum(nil))
	layer.Blob.MediaType = manifest.OCILayer + "+gzip"
	layer.Blob.Digest, layer.Blob.Size, err = blob.Commit()
	return layer, written, err
}

// counter counts what is written.
type counter struct{ size *atomic.Int64 }

// Write implements io.Writer.
func (c counter) Write(content []byte) (int, error) {
	if c.size != nil {
		c.size.Add(int64(len(content)))
	}
	return len(content), nil
}

// Skipped tells of files that no archive can hold.
func Skipped(written *unpack.Archived) (warnings []string) {
	for _, text := range written.Skipped {
		warnings = append(warnings, "left out: "+text)
	}
	if more := written.SkippedCount - int64(len(written.Skipped)); more > 0 {
		warnings = append(warnings, fmt.Sprintf("left out: %d files more", more))
	}
	return warnings
}
