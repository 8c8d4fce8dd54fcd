package archive

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/store"
	"github.com/mydocker/mydocker/container/image/unpack"
	"github.com/mydocker/mydocker/utils"
)

// maxMembers bounds how many members an archive may have: each takes memory.
const maxMembers = 1 << 18

// scan reads an archive from end to end. take is called for each regular file.
func scan(ctx context.Context, archive *tar.Reader, take func(*tar.Header, *member) error) (members, error) {
	all := members{}
	for count := 0; ; count++ {
		header, err := archive.Next()
		switch {
		case errors.Is(err, io.EOF) && count == 0:
			return nil, errors.New("the archive is empty")
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil && count == 0:
			return nil, fmt.Errorf("it is no tar archive: %w", err)
		case err != nil:
			return nil, fmt.Errorf("the archive is damaged, or cut off: %w", err)
		case count >= maxMembers:
			return nil, fmt.Errorf("the archive has more than %d members", maxMembers)
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		}
		if header.Typeflag == tar.TypeXGlobalHeader || header.Typeflag == tar.TypeDir {
			continue
		}
		name, err := cleanName(header.Name)
		if err != nil {
			return nil, err
		}
		_, twice := all[name]
		if all[name] = nil; twice {
			continue
		}
		if all[name], err = newMember(name, header, take); err != nil {
			return nil, err
		}
	}
}

func newMember(name string, header *tar.Header, take func(*tar.Header, *member) error) (*member, error) {
	found := &member{size: header.Size}
	var err error
	switch header.Typeflag {
	case tar.TypeReg:
		if unpack.IsSparse(header) {
			found.kind = "a sparse file (tar -S)"
			break
		}
		if err = take(header, found); err != nil {
			err = fmt.Errorf("%s: %w", name, err)
		}
	case tar.TypeSymlink:
		found.target, err = linkTarget(name, header.Linkname)
	case tar.TypeLink:
		found.target, err = cleanName(header.Linkname)
	case tar.TypeFifo:
		found.kind = "a FIFO"
	case tar.TypeChar, tar.TypeBlock:
		found.kind = "a device"
	case tar.TypeGNUSparse:
		found.kind = "a sparse file (tar -S)"
	default:
		found.kind = fmt.Sprintf("of the unknown type %q", header.Typeflag)
	}
	return found, err
}

// indexFile reads where the members of an archive are.
func indexFile(ctx context.Context, archive *io.SectionReader) (members, error) {
	return scan(ctx, tar.NewReader(archive), func(header *tar.Header, found *member) error {
		// The reader of package tar reads block after block, and nothing ahead.
		offset, err := archive.Seek(0, io.SeekCurrent)
		found.open = func() (io.ReadSeekCloser, error) {
			return nopCloser{io.NewSectionReader(archive, offset, header.Size)}, nil
		}
		return err
	})
}

// What a stream has of small files stays in memory: they are its documents, most of all.
const (
	maxInMemory    = 256 << 10
	maxAllInMemory = 32 << 20
)

// spooler keeps what a stream holds.
type spooler struct {
	images *store.Store
	lease  *store.Lease
	stream *tar.Reader
	// memory is how many bytes are kept there, left how many the stream may still have.
	memory, left int64
}

func spoolStream(ctx context.Context, stream io.Reader, images *store.Store, lease *store.Lease, limit int64) (members, error) {
	spooler := &spooler{images: images, lease: lease, stream: tar.NewReader(stream), left: limit}
	return scan(ctx, spooler.stream, func(header *tar.Header, found *member) error {
		if spooler.left -= header.Size; spooler.left < 0 {
			return &unpack.LimitError{Limit: limit, What: "bytes"}
		}
		if header.Size <= maxInMemory && spooler.memory+header.Size <= maxAllInMemory {
			return spooler.remember(found)
		}
		return spooler.store(ctx, found)
	})
}

func (s *spooler) remember(found *member) error {
	content, err := io.ReadAll(s.stream)
	s.memory += int64(len(content))
	found.open = func() (io.ReadSeekCloser, error) { return nopCloser{bytes.NewReader(content)}, nil }
	return err
}

// store makes a blob of a file, as which it is found again when its layer is taken in.
func (s *spooler) store(ctx context.Context, found *member) (err error) {
	blob, err := s.lease.NewBlob()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, blob.Close()) }()
	if _, err := io.Copy(blob, utils.UntilDone(ctx, s.stream)); err != nil {
		return err
	}
	var digest image.Digest
	if digest, _, err = blob.Commit(); err != nil {
		return err
	}
	found.digest = digest
	found.open = func() (io.ReadSeekCloser, error) { return s.images.OpenBlob(digest) }
	return nil
}
