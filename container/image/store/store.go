// Package store writes images to the store that package image describes. Several processes
// may do so at once: what they decide they decide under the store's mutex, and what they need
// meanwhile they name in a lease. A file is written beside, synced and renamed; the data of
// blobs and layers is synced once, before the record that names it is written.
package store

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/mydocker/mydocker/container/image"
)

// Store is a store of images.
type Store struct{}

// Open opens the store below a directory of state, which is made if it is missing.
func Open(_ string) (*Store, error) { return nil, errors.New("not yet") }

// Close closes it.
func (s *Store) Close() error { return nil }

// OpenBlob opens a blob. What is read of it is not verified.
func (s *Store) OpenBlob(_ image.Digest) (*os.File, error) { return nil, errors.New("not yet") }

// ReadBlob reads a blob of at most MaxDocument bytes, and verifies it.
func (s *Store) ReadBlob(_ image.Digest) ([]byte, error) { return nil, errors.New("not yet") }

// MaxDocument is how large a manifest, an index or a configuration may be, in bytes.
const MaxDocument = 4 << 20

// Images are all images, with their names.
func (s *Store) Images() ([]Named, error) { return nil, errors.New("not yet") }

// Named is an image, and the names that it has, whole and sorted.
type Named struct {
	image.Record
	Names []image.Reference
	// Used tells whether somebody uses it, as a container does.
	Used bool
}

// Lease is what an operation has and adds. Nothing of it shows before Commit, and a prune that
// runs beside removes nothing of it.
type Lease struct{}

// Lease begins an operation.
func (s *Store) Lease() (*Lease, error) { return nil, errors.New("not yet") }

// Close ends it. What was not committed goes with the next prune, but for partial blobs.
func (l *Lease) Close() error { return nil }

// HasBlob reports whether a blob is in the store already; it stays there until the lease ends.
func (l *Lease) HasBlob(_ image.Descriptor) (bool, error) { return false, errors.New("not yet") }

// Blob is a blob that is being written. What is written is hashed.
type Blob struct{}

// PartialBlob goes on with a blob whose digest is known, where an earlier try has stopped:
// Offset says how many bytes there are. While somebody else writes it, it waits, until ctx ends.
func (l *Lease) PartialBlob(_ context.Context, _ image.Descriptor) (*Blob, error) {
	return nil, errors.New("not yet")
}

// NewBlob begins a blob whose digest is not known yet.
func (l *Lease) NewBlob() (*Blob, error) { return nil, errors.New("not yet") }

// Offset is how many bytes there are.
func (b *Blob) Offset() int64 { return 0 }

// Content are the bytes that are there, from the beginning.
func (b *Blob) Content() io.Reader { return nil }

// Write implements io.Writer.
func (b *Blob) Write(_ []byte) (int, error) { return 0, errors.New("not yet") }

// Reset takes all bytes back, where a registry cannot go on, or has sent something else.
func (b *Blob) Reset() error { return errors.New("not yet") }

// Commit makes it a blob of the store. Where its digest was known and is another, the error
// is a *DigestError and nothing of it stays.
func (b *Blob) Commit() (image.Digest, int64, error) { return "", 0, errors.New("not yet") }

// Close gives up a blob that was not committed. A partial one stays for the next try.
func (b *Blob) Close() error { return nil }

// DigestError says that content is not what its name promises.
type DigestError struct {
	What      string
	Want, Got image.Digest
}

func (e *DigestError) Error() string {
	return e.What + ": its content has the digest " + string(e.Got) + ", not " + string(e.Want)
}

// PutDocument stores a manifest, an index or a configuration.
func (l *Lease) PutDocument(_ []byte) (image.Digest, error) { return "", errors.New("not yet") }

// NewLayer is a directory for a layer that is to be unpacked.
type NewLayer struct {
	// Dir is open; root of the variant's user namespace may write to it.
	Dir *os.File
}

// Layer, by its key (image.Layer.Key), returns nil if the layer is unpacked for the variant already, which it then stays until
// the lease ends, or a directory to unpack it in. While somebody else unpacks it, it waits,
// until ctx ends.
func (l *Lease) Layer(_ context.Context, _ image.Digest, _ image.Variant) (*NewLayer, int64, error) {
	return nil, 0, errors.New("not yet")
}

// Commit makes it a layer of the store, of so many bytes.
func (n *NewLayer) Commit(_ int64) error { return errors.New("not yet") }

// Close removes a layer that was not committed.
func (n *NewLayer) Close() error { return nil }

// Commit syncs what was written, and makes the image be in the store, with these names,
// which other images lose.
func (l *Lease) Commit(_ *image.Record, _ ...image.Reference) error { return errors.New("not yet") }
