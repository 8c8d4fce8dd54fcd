// Package archive reads and writes images as files: docker-archive, OCI archive, OCI image
// layout. What it reads is not trusted: names lead nowhere but to members of the archive, and
// every document is bounded and held against its digest.
package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/compression"
	"github.com/mydocker/mydocker/container/image/ingest"
	"github.com/mydocker/mydocker/container/image/store"
	"github.com/mydocker/mydocker/container/image/unpack"
)

// Image is an image in an archive, and the names that the archive gives it.
type Image struct {
	ingest.Image
	Names []image.Reference

	platform image.Platform
	// key tells it from others: the digest of its manifest, or of its configuration where
	// it has none.
	key image.Digest
}

// Options say how an archive is read.
type Options struct {
	// Platform chooses one of several images that differ in it; nil is this machine's. One
	// that is named has to be there.
	Platform *image.Platform
	// MaxBytes bounds what an archive that is compressed, or no file, may hold; 0 is the
	// default of package unpack.
	MaxBytes int64
	// Progress may be nil. It is told of what is read at once; what is read in place is told
	// of when it is taken in.
	Progress ingest.Progress
}

// Reader is an archive that is open, or the directory of a layout.
type Reader struct {
	// Images are those in it, for the platform, in the archive's order.
	Images []*Image

	files files
	lease *store.Lease
}

// Open reads what images there are in a file or directory. A regular file that is not
// compressed is read in place, and layers at the same time. All others come as a stream, where
// nobody knows what a member is before the end: their members go into the store as blobs,
// which belong to a lease until the Reader is closed.
func Open(ctx context.Context, file *os.File, images *store.Store, options *Options) (*Reader, error) {
	reader := &Reader{}
	if err := reader.open(ctx, file, images, options); err != nil {
		return nil, errors.Join(err, reader.Close())
	}
	return reader, nil
}

// Close gives up what was read and is not in the store. The file stays open.
func (r *Reader) Close() error {
	var errs []error
	if r.files != nil {
		errs = append(errs, r.files.close())
	}
	if r.lease != nil {
		errs = append(errs, r.lease.Close())
	}
	return errors.Join(errs...)
}

func (r *Reader) open(ctx context.Context, file *os.File, images *store.Store, options *Options) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	switch {
	case info.IsDir():
		r.files, err = openDirectory(file)
	case info.Mode().IsRegular():
		err = r.openFile(ctx, file, info.Size(), images, options)
	default:
		err = r.openStream(ctx, file, 0, images, options)
	}
	if err != nil {
		return err
	}
	r.Images, err = readImages(ctx, r.files, options.Platform)
	for _, found := range r.Images {
		found.Source = &source{r.files}
	}
	return err
}

// openFile reads a regular file from where it stands, as a shell leaves it.
func (r *Reader) openFile(ctx context.Context, file *os.File, size int64, images *store.Store, options *Options) (err error) {
	start, err := file.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	if start >= size {
		return errors.New("the file is empty")
	}
	section := io.NewSectionReader(file, start, size-start)
	head := make([]byte, compression.MagicLength)
	if n, err := section.ReadAt(head, 0); err != nil && n == 0 {
		return err
	}
	if compression.Detect(head) != compression.None {
		return r.openStream(ctx, section, section.Size(), images, options)
	}
	r.files, err = indexFile(ctx, section)
	return err
}

// openStream reads a stream to its end. size is 0 where nobody knows it.
func (r *Reader) openStream(ctx context.Context, stream io.Reader, size int64, images *store.Store, options *Options) error {
	if options.Progress != nil {
		task := options.Progress.Begin("archive", size)
		task.State("Reading")
		defer task.End("Read")
		stream = &told{stream, task}
	}
	input := interruptible(ctx, stream)
	defer input.Close() //nolint:errcheck // it never fails
	plain, _, err := compression.NewReader(input)
	if err != nil {
		return err
	}
	return errors.Join(r.spool(ctx, plain, images, options), plain.Close())
}

// told tells a task what was read.
type told struct {
	io.Reader
	task ingest.Task
}

func (t *told) Read(buffer []byte) (int, error) {
	n, err := t.Reader.Read(buffer)
	t.task.Advance(int64(n))
	return n, err
}

// interruptible reads a stream until a context is done, also while the stream gives nothing.
// To close it ends the other goroutine as soon as the stream gives something.
func interruptible(ctx context.Context, stream io.Reader) *io.PipeReader {
	output, input := io.Pipe()
	stop := context.AfterFunc(ctx, func() { input.CloseWithError(context.Cause(ctx)) })
	go func() {
		defer stop()
		_, err := io.CopyBuffer(input, struct{ io.Reader }{stream}, make([]byte, 1<<20))
		input.CloseWithError(err) // nil is the end of the stream
	}()
	return output
}

func (r *Reader) spool(ctx context.Context, stream io.Reader, images *store.Store, options *Options) (err error) {
	if r.lease, err = images.Lease(); err != nil {
		return err
	}
	limit := options.MaxBytes
	if limit == 0 {
		limit = unpack.DefaultMaxBytes
	}
	r.files, err = spoolStream(ctx, stream, images, r.lease, limit)
	return err
}

// readImages finds out which format there is. An archive that Docker 25 or a later one wrote
// is an OCI layout, and a docker-archive as well.
func readImages(ctx context.Context, all files, platform *image.Platform) ([]*Image, error) {
	switch {
	case has(all, "oci-layout"):
		return readLayout(all, platform)
	case has(all, "manifest.json"):
		return readDockerArchive(all, platform)
	case has(all, "repositories"):
		return readLegacy(ctx, all, platform)
	case has(all, "index.json"):
		return nil, errors.New("there is an index.json and no oci-layout: it is no whole OCI layout")
	}
	return nil, errors.New("there is no image in it (no oci-layout, no manifest.json): mydocker import makes an image of a root's files")
}

func has(all files, name string) bool {
	file, err := all.open(name)
	if err == nil {
		err = file.Close()
	}
	return !errors.Is(err, fs.ErrNotExist)
}

// source hands the layers out.
type source struct{ files files }

// Blob implements ingest.Source.
func (s *source) Blob(_ context.Context, layer *ingest.Layer, offset int64) (io.ReadCloser, int64, error) {
	file, err := s.files.open(layer.Name)
	if err != nil {
		return nil, 0, err
	}
	if _, err := file.Seek(offset, io.SeekStart); err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	return file, offset, nil
}

// readDocument reads a member that is small.
func readDocument(all files, name string) (content []byte, err error) {
	file, err := all.open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if file.size > store.MaxDocument {
		return nil, fmt.Errorf("%s: it has %d bytes, and may have %d", name, file.size, store.MaxDocument)
	}
	content, err = io.ReadAll(io.LimitReader(file, store.MaxDocument))
	if err == nil && int64(len(content)) != file.size {
		err = fmt.Errorf("%s: %w", name, io.ErrUnexpectedEOF)
	}
	return content, err
}
