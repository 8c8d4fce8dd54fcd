package registry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/manifest"
	"github.com/mydocker/mydocker/container/image/store"
)

// resolved is an image that a registry has.
type resolved struct {
	// digest is what the name stands for: an index or a manifest.
	digest image.Digest
	// index is the index from which the image was chosen, nil for none.
	index     []byte
	content   []byte
	mediaType string
	manifest  *manifest.Image
}

// maxNesting is how many indexes may lie in each other.
const maxNesting = 4

// resolve finds the manifest of an image for a platform.
func (r *repository) resolve(ctx context.Context, reference image.Reference, platform image.Platform) (*resolved, error) {
	want := reference.Tag
	if reference.Digest != "" { // the tag says nothing beside it
		want = string(reference.Digest)
	}
	found := &resolved{}
	for range maxNesting {
		content, mediaType, err := r.fetchManifest(ctx, want)
		if err != nil {
			return nil, err
		}
		document, err := manifest.Parse(mediaType, content)
		if err != nil {
			return nil, err
		}
		if found.digest == "" {
			found.digest = manifest.DigestOf(content)
		}
		if document.Index == nil {
			found.content, found.mediaType, found.manifest = content, document.MediaType, document.Image
			return found, nil
		}
		entry, err := document.Index.Choose(platform)
		if err != nil {
			return nil, err
		}
		if found.index == nil {
			found.index = content
		}
		want = string(entry.Digest)
	}
	return nil, fmt.Errorf("there are more than %d indexes in each other", maxNesting)
}

// fetchManifest fetches an index or a manifest by a tag or a digest. What the registry says
// of its digest is only compared.
func (r *repository) fetchManifest(ctx context.Context, reference string) (content []byte, mediaType string, err error) {
	said, body, err := r.FetchReference(ctx, reference)
	if err != nil {
		return nil, "", &remoteError{err}
	}
	content, err = io.ReadAll(io.LimitReader(body, store.MaxDocument+1))
	if err = errors.Join(err, body.Close()); err != nil {
		return nil, "", err
	}
	got := manifest.DigestOf(content)
	if want, err := image.ParseDigest(reference); err == nil && want != got {
		return nil, "", &store.DigestError{What: "manifest", Want: want, Got: got}
	}
	if want, err := image.ParseDigest(string(said.Digest)); err == nil && want != got {
		return nil, "", &store.DigestError{What: "manifest", Want: want, Got: got}
	}
	return content, said.MediaType, nil
}

// fetchDocument fetches a configuration.
func (r *repository) fetchDocument(ctx context.Context, d image.Descriptor) ([]byte, error) {
	if d.Size > store.MaxDocument {
		return nil, fmt.Errorf("the configuration has %d bytes, and at most %d are read", d.Size, store.MaxDocument)
	}
	body, err := r.openBlob(ctx, d, 0)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	buffer := bytes.Buffer{}
	_, err = buffer.ReadFrom(body)
	if err = errors.Join(err, body.Close()); err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	if got := manifest.DigestOf(buffer.Bytes()); got != d.Digest {
		return nil, &store.DigestError{What: "configuration", Want: d.Digest, Got: got}
	}
	return buffer.Bytes(), nil
}
