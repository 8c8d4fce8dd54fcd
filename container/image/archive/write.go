package archive

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/store"
	"github.com/mydocker/mydocker/utils"
)

// Format is how images are written.
type Format string

// The formats. Docker is an OCI layout and a docker-archive in one, as Docker writes it since
// version 25: blobs are as in the store. DockerArchive is what every older program reads, too:
// layers are not compressed. OCIDirectory is a layout that is not packed.
const (
	Docker        Format = ""
	DockerArchive Format = "docker-archive"
	OCIArchive    Format = "oci-archive"
	OCIDirectory  Format = "oci-dir"
)

// ParseFormat reads the name of a format.
func ParseFormat(text string) (Format, error) {
	switch format := Format(text); format {
	case DockerArchive, OCIArchive, OCIDirectory:
		return format, nil
	}
	return "", fmt.Errorf("format %q is not known: %s, %s and %s are", text, DockerArchive, OCIArchive, OCIDirectory)
}

// Saved is an image that is written, with these names.
type Saved struct {
	*image.Record
	Names []image.Reference
}

// Blobs has the blobs of images: a store.
type Blobs interface {
	OpenBlob(image.Digest) (*os.File, error)
	ReadBlob(image.Digest) ([]byte, error)
}

// part is a file that is written. content writes size bytes, or fails.
type part struct {
	name    string
	size    int64
	content func(context.Context, io.Writer) error
}

// parts are the files of an archive or a layout, each once.
type parts struct {
	list  []part
	known map[string]bool
}

func (p *parts) add(added part) {
	if p.known == nil {
		p.known = map[string]bool{}
	}
	if !p.known[added.name] {
		p.list = append(p.list, added)
	}
	p.known[added.name] = true
}

// document adds a small file.
func (p *parts) document(name string, content []byte) {
	p.add(part{name, int64(len(content)), func(_ context.Context, w io.Writer) error {
		_, err := w.Write(content)
		return err
	}})
}

func plan(ctx context.Context, blobs Blobs, format Format, images []Saved) (*parts, error) {
	if format == DockerArchive {
		return planDockerArchive(ctx, blobs, images)
	}
	return planLayout(blobs, format, images)
}

// Write writes images as an archive. The same images become the same bytes. What is written
// is held against its digests; where that fails, what is written is of no use.
func Write(ctx context.Context, w io.Writer, blobs Blobs, format Format, images []Saved) error {
	planned, err := plan(ctx, blobs, format, images)
	if err != nil {
		return err
	}
	archive := tar.NewWriter(w)
	for _, part := range planned.list {
		header := &tar.Header{Typeflag: tar.TypeReg, Name: part.name, Size: part.size, Mode: 0o644, ModTime: time.Unix(0, 0)}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		if err := part.content(ctx, archive); err != nil {
			return err
		}
	}
	return archive.Close()
}

// WriteDirectory writes an OCI layout to a directory that is empty.
func WriteDirectory(ctx context.Context, dir *os.Root, blobs Blobs, images []Saved) error {
	planned, err := plan(ctx, blobs, OCIDirectory, images)
	if err != nil {
		return err
	}
	for _, part := range planned.list {
		if err := dir.MkdirAll(filepath.Dir(part.name), 0o755); err != nil {
			return err
		}
		if err := writePart(ctx, dir, &part); err != nil {
			return err
		}
	}
	return nil
}

func writePart(ctx context.Context, dir *os.Root, part *part) (err error) {
	file, err := dir.OpenFile(part.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return part.content(ctx, file)
}

// copyBlob copies a blob, and holds it against its digest.
func copyBlob(blobs Blobs, digest image.Digest) func(context.Context, io.Writer) error {
	return func(ctx context.Context, w io.Writer) (err error) {
		file, err := blobs.OpenBlob(digest)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		return copyVerified(ctx, w, file, "blob "+digest.Short(), digest)
	}
}

// copyVerified copies content that has a digest. To a file it is the digest that fails, when
// all is written.
func copyVerified(ctx context.Context, w io.Writer, content io.Reader, what string, want image.Digest) error {
	hash := sha256.New()
	buffer := make([]byte, 1<<20)
	if _, err := io.CopyBuffer(io.MultiWriter(w, hash), utils.UntilDone(ctx, content), buffer); err != nil {
		return err
	}
	if got := image.NewDigest(hash.Sum(nil)); got != want {
		return &store.DigestError{What: what, Want: want, Got: got}
	}
	return nil
}
