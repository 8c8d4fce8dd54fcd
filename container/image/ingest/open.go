package ingest

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/mydocker/mydocker/container/image/compression"
	"github.com/mydocker/mydocker/container/image/store"
	"github.com/mydocker/mydocker/utils"
)

// open opens the blob, in the store or at the source.
func (j *job) open(ctx context.Context) (io.Reader, error) {
	if j.has {
		j.task.State("Extracting")
		file, err := j.store.OpenBlob(j.part.blob.Digest)
		if err != nil {
			return nil, err
		}
		j.own(file)
		return file, nil
	}
	if j.source == nil {
		return nil, fmt.Errorf("the store has lost the blob %s (mydocker system check tells more)", j.layer.Blob.Digest)
	}
	j.task.State("Downloading")
	if j.layer.Blob.Digest == "" {
		return j.openUnnamed(ctx)
	}
	return j.openPartial(ctx)
}

// openUnnamed opens a blob whose digest nobody has told. What an OCI layer cannot be
// compressed by is stored as it is without.
func (j *job) openUnnamed(ctx context.Context) (io.Reader, error) {
	content, from, err := j.source.Blob(ctx, j.layer, 0)
	if err != nil {
		return nil, err
	}
	j.own(content)
	if from != 0 {
		return nil, fmt.Errorf("the source begins at byte %d", from)
	}
	if j.blob, err = j.lease.NewBlob(); err != nil {
		return nil, err
	}
	head := make([]byte, compression.MagicLength)
	n, err := io.ReadFull(content, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	whole := io.MultiReader(bytes.NewReader(head[:n]), content)
	if kind := compression.Detect(head[:n]); kind == compression.Bzip2 || kind == compression.Xz {
		plain, _, err := compression.NewReader(whole)
		if err != nil {
			return nil, err
		}
		j.own(plain)
		whole = plain
	}
	return io.TeeReader(whole, j.blob), nil
}

// openPartial goes on where an earlier try has stopped.
func (j *job) openPartial(ctx context.Context) (io.Reader, error) {
	blob, err := j.lease.PartialBlob(ctx, j.layer.Blob)
	if err != nil {
		return nil, err
	}
	j.blob, j.resumed = blob, blob.Offset() > 0
	size := j.layer.Blob.Size
	if size > 0 && blob.Offset() == size { // all of it is there, but for its name
		return blob.Content(), nil
	}
	content, from, err := j.source.Blob(ctx, j.layer, blob.Offset())
	if err != nil {
		return nil, &fetchError{err}
	}
	j.own(content)
	switch {
	case from == 0 && blob.Offset() > 0:
		if err := blob.Reset(); err != nil {
			return nil, err
		}
		j.resumed = false
	case from != blob.Offset():
		return nil, fmt.Errorf("the source begins at byte %d, where byte %d was asked for", from, blob.Offset())
	}
	there := blob.Content()
	rest := io.Reader(content)
	if size > 0 {
		rest = &sizedReader{r: content, left: size - blob.Offset()}
	}
	return io.MultiReader(there, io.TeeReader(rest, blob)), nil
}

// sizedReader refuses more bytes than were promised.
type sizedReader struct {
	r    io.Reader
	left int64
}

func (s *sizedReader) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if s.left -= int64(n); s.left < 0 {
		return 0, errTooLong
	}
	return n, err
}

const errTooLong = utils.Sentinel("the source sends more bytes than the manifest says")

// watchedReader tells how much has been read, and ends when ctx does.
type watchedReader struct {
	r    io.Reader
	task Task
	ctx  context.Context
}

func (w *watchedReader) Read(p []byte) (int, error) {
	if err := context.Cause(w.ctx); err != nil {
		return 0, err
	}
	n, err := w.r.Read(p)
	w.task.Advance(int64(n))
	if err != nil && !errors.Is(err, io.EOF) {
		err = &fetchError{err}
	}
	return n, err
}

// fetchError says that the bytes did not come.
type fetchError struct{ err error }

func (e *fetchError) Error() string { return e.err.Error() }
func (e *fetchError) Unwrap() error { return e.err }

// IsDamage reports whether an error of Take is about the bytes themselves, which have to be
// fetched again then.
func IsDamage(err error) bool {
	var digest *store.DigestError
	var compressed *compression.Error
	return errors.As(err, &digest) || errors.As(err, &compressed) || errors.Is(err, tar.ErrHeader) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, errTooLong)
}

// damagedPartError says that what an earlier try has left may be what is damaged.
type damagedPartError struct{ err error }

func (e *damagedPartError) Error() string { return e.err.Error() }
func (e *damagedPartError) Unwrap() error { return e.err }
