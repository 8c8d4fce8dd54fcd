// Package ingest takes an image into the store: it fetches, verifies, decompresses and unpacks
// the layers, all at the same time and several layers beside each other, and commits the image
// when all of it is there.
package ingest

import (
	"context"
	"io"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/users"
)

// Source is where an image comes from.
type Source interface {
	// Blob opens the content of a layer at an offset. A source that cannot begin there begins
	// at 0, which from says. It is called from several goroutines.
	Blob(ctx context.Context, layer *Layer, offset int64) (content io.ReadCloser, from int64, err error)
}

// Layer is a layer as the source names it.
type Layer struct {
	// Blob is what the manifest says of it. Its Digest is "" where nobody has told it, as in
	// a docker-archive: then DiffID is what is verified.
	Blob image.Descriptor
	// DiffID is what the configuration says.
	DiffID image.Digest
	// Name is how the source finds it, as a path in an archive.
	Name string
}

// Image is an image on its way into the store.
type Image struct {
	// Manifest and Config are the documents, byte for byte. Manifest is nil where the source
	// has none that can be kept: it is then made (an OCI image manifest).
	Manifest, Config []byte
	// MediaType is the manifest's.
	MediaType string
	// Index is the digest of the index that it was chosen from, "" for none, and IndexDocument
	// that index. Without the document the store does not keep the digest either.
	Index         image.Digest
	IndexDocument []byte
	Layers        []Layer
	Source        Source
}

// Options say how it is taken in.
type Options struct {
	// Maps are those of the user namespace that the layers are unpacked for, nil for the
	// host's own ids. A nil Maps of an ordinary user is refused.
	Maps *users.UserNamespace
	// MaxBytes and MaxEntries bound a layer, see unpack.Options.
	MaxBytes, MaxEntries int64
	// Jobs is how many layers go beside each other, 0 for the default.
	Jobs int
	// Progress may be nil.
	Progress Progress
	// Warn is told in a line what is not as the image says, but for owners. It may be nil.
	Warn func(text string)
}

// Progress is told how it goes on. It is called from several goroutines.
type Progress interface {
	// Begin begins the part of a layer. size is 0 where it is not known.
	Begin(name string, size int64) Task
}

// Task is the part of a layer.
type Task interface {
	// Advance says that n bytes more of the size are done; they may be taken back.
	Advance(n int64)
	// State says in Docker's words what goes on: "Downloading", "Extracting".
	State(text string)
	// End says how it ended: "Pull complete", "Already exists".
	End(text string)
}
