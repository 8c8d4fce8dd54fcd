package archive

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/compression"
	"github.com/mydocker/mydocker/container/image/ingest"
	"github.com/mydocker/mydocker/container/image/manifest"
	"github.com/mydocker/mydocker/container/image/store"
	"github.com/mydocker/mydocker/container/image/unpack"
	"github.com/mydocker/mydocker/utils"
)

// Root is the archive of a root file system, which becomes an image of one layer. It belongs
// to a lease until it is closed.
type Root struct {
	images *store.Store
	lease  *store.Lease
	layer  ingest.Layer
}

// ReadRoot puts the archive of a root into the store. It stays compressed as it comes, where
// that is a compression that layers may have (image-spec, layer.md).
func ReadRoot(ctx context.Context, stream io.Reader, images *store.Store, maxBytes int64) (*Root, error) {
	lease, err := images.Lease()
	if err != nil {
		return nil, err
	}
	root := &Root{images: images, lease: lease}
	if maxBytes == 0 {
		maxBytes = unpack.DefaultMaxBytes
	}
	input := interruptible(ctx, stream)
	defer input.Close() //nolint:errcheck // it never fails
	if err := root.read(ctx, input, maxBytes); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return root, nil
}

// Close gives up what is not in the store.
func (r *Root) Close() error { return r.lease.Close() }

func (r *Root) read(ctx context.Context, stream io.Reader, maxBytes int64) (err error) {
	buffered := bufio.NewReaderSize(stream, 256<<10)
	head, err := buffered.Peek(compression.MagicLength)
	switch {
	case len(head) == 0 && errors.Is(err, io.EOF):
		return errors.New("there is nothing in it")
	case err != nil && !errors.Is(err, io.EOF):
		return err
	}
	blob, err := r.lease.NewBlob()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, blob.Close()) }()
	mediaType, kept := ingest.LayerType(compression.Detect(head))
	asItComes, plainOnly := io.Writer(blob), io.Discard
	if !kept {
		asItComes, plainOnly = plainOnly, asItComes
	}
	if r.layer.DiffID, err = copyPlain(ctx, io.TeeReader(buffered, asItComes), plainOnly, maxBytes); err != nil {
		return err
	}
	digest, size, err := blob.Commit()
	r.layer.Blob = image.Descriptor{MediaType: mediaType, Digest: digest, Size: size}
	return err
}

// copyPlain decompresses a stream, to its end, and returns the digest of what is in it.
func copyPlain(ctx context.Context, stream io.Reader, w io.Writer, maxBytes int64) (_ image.Digest, err error) {
	plain, _, err := compression.NewReader(stream)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, plain.Close()) }()
	hash := sha256.New()
	bounded := &io.LimitedReader{R: utils.UntilDone(ctx, plain), N: maxBytes + 1}
	if _, err := io.CopyBuffer(io.MultiWriter(hash, w), bounded, make([]byte, 1<<20)); err != nil {
		return "", err
	}
	if bounded.N <= 0 {
		return "", &unpack.LimitError{Limit: maxBytes, What: "bytes"}
	}
	return image.NewDigest(hash.Sum(nil)), nil
}

// Image makes the image. config says what there is beside the layer.
func (r *Root) Image(config *manifest.Config) (*ingest.Image, error) {
	config.RootFS.Type = "layers"
	config.RootFS.DiffIDs = []image.Digest{r.layer.DiffID}
	content, err := json.Marshal(config)
	if err != nil {
		return nil, err
	}
	return &ingest.Image{Config: content, Layers: []ingest.Layer{r.layer}, Source: r}, nil
}

// Blob implements ingest.Source.
func (r *Root) Blob(_ context.Context, layer *ingest.Layer, offset int64) (io.ReadCloser, int64, error) {
	file, err := r.images.OpenBlob(layer.Blob.Digest)
	if err != nil {
		return nil, 0, err
	}
	if _, err := file.Seek(offset, io.SeekStart); err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	return file, offset, nil
}
