package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"sync"
	"time"

	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/errcode"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/ingest"
	"github.com/mydocker/mydocker/utils"
)

// source is a repository as ingest knows it.
type source struct{ repository *repository }

// Blob implements ingest.Source. It always begins at the offset.
func (s source) Blob(ctx context.Context, layer *ingest.Layer, offset int64) (io.ReadCloser, int64, error) {
	content, err := s.repository.openBlob(ctx, layer.Blob, offset)
	if err != nil {
		return nil, 0, err
	}
	return content, offset, nil
}

// blob is the content of a blob from an offset on. Where a connection is cut, or brings
// nothing for a while, it goes on with another one.
type blob struct {
	image.Descriptor
	repository *repository
	ctx        context.Context

	offset int64
	// skip is how many bytes come first that are there already: not each registry can begin
	// in the middle.
	skip int64

	// Who closes it may be another goroutine than who reads, which that ends. The mutex guards what
	// both know; the reader alone changes body.
	mutex  sync.Mutex
	body   io.ReadCloser
	stop   context.CancelFunc
	closed bool

	// cuts counts the connections that were cut, since one of them brought much.
	cuts    int
	brought int64
}

// much is what a connection has to bring, so that it counts as a success.
const much = 256 << 10

func (r *repository) openBlob(ctx context.Context, d image.Descriptor, offset int64) (*blob, error) {
	b := &blob{Descriptor: d, repository: r, ctx: auth.AppendRepositoryScope(ctx, r.Reference, auth.ActionPull), offset: offset}
	if offset < d.Size {
		if err := b.connect(); err != nil {
			return nil, &remoteError{err}
		}
	}
	return b, nil
}

// Read implements io.Reader.
func (b *blob) Read(p []byte) (int, error) {
	n, err := b.next(p)
	if err != nil && err != io.EOF { //nolint:errorlint // what io.Reader promises
		err = &remoteError{err}
	}
	return n, err
}

// next reads something, with as many connections as it takes.
func (b *blob) next(p []byte) (int, error) {
	for b.offset < b.Size {
		if b.body == nil {
			if err := b.connect(); err != nil {
				return 0, err
			}
		}
		n, err := b.read(p)
		if n > 0 || len(p) == 0 {
			return n, nil
		}
		if err != nil {
			if err := b.cut(err); err != nil {
				return 0, err
			}
		}
	}
	return 0, b.end()
}

// connect asks for the blob from where it has come to.
func (b *blob) connect() error {
	ctx, stop := context.WithCancel(context.WithValue(b.ctx, streamKey{}, true))
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, b.repository.blobURL(b.Digest), nil)
	if err != nil {
		stop()
		return err
	}
	if b.offset > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", b.offset))
	}
	response, err := b.repository.auth.Do(request)
	if err != nil {
		stop()
		return err
	}
	if err := b.take(response.Body, stop); err != nil {
		return err
	}
	if err := b.begin(response); err != nil {
		return errors.Join(err, b.disconnect())
	}
	return nil
}

// take takes over a connection, unless the blob was closed meanwhile.
func (b *blob) take(body io.ReadCloser, stop context.CancelFunc) error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.closed {
		stop()
		return errors.Join(fs.ErrClosed, body.Close())
	}
	b.body, b.stop, b.brought = body, stop, 0
	return nil
}

// disconnect ends a connection; another may come.
func (b *blob) disconnect() error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.body == nil {
		return nil
	}
	b.stop()
	err := b.body.Close()
	b.body = nil
	return err
}

// begin looks at what the registry is going to send.
func (b *blob) begin(response *http.Response) error {
	from := b.offset
	switch response.StatusCode {
	case http.StatusOK:
		from = 0
	case http.StatusPartialContent:
		if said := response.Header.Get("Content-Range"); !strings.HasPrefix(said, fmt.Sprintf("bytes %d-", from)) {
			return fmt.Errorf("asked for the bytes from %d on, the registry sends %q", from, utils.Shortened(said))
		}
	default:
		return &errcode.ErrorResponse{Method: http.MethodGet, URL: response.Request.URL, StatusCode: response.StatusCode}
	}
	if length := response.ContentLength; length >= 0 && length != b.Size-from {
		return fmt.Errorf("the manifest says that it has %d bytes, the registry that it has %d", b.Size, length+from)
	}
	b.skip = b.offset - from
	return nil
}

// read reads once, for as long as a connection may bring nothing.
func (b *blob) read(p []byte) (int, error) {
	watch := time.AfterFunc(b.repository.client.options.Stall, b.stop)
	defer watch.Stop()
	if b.skip > 0 {
		n, err := b.body.Read(make([]byte, min(b.skip, 64<<10)))
		b.skip -= int64(n)
		return 0, err
	}
	n, err := b.body.Read(p[:min(int64(len(p)), b.Size-b.offset)])
	b.offset += int64(n)
	if b.brought += int64(n); b.brought >= much {
		b.cuts = 0
	}
	return n, err
}

// cut ends a connection, and waits a while before the next.
func (b *blob) cut(cause error) error {
	if err := b.disconnect(); err != nil || b.ctx.Err() != nil {
		return errors.Join(context.Cause(b.ctx), err)
	}
	if b.cuts++; b.cuts >= maxTries {
		return fmt.Errorf("the connection was cut %d times, the last time after %d of %d bytes: %w", b.cuts, b.offset, b.Size, cause)
	}
	return pause(b.ctx, b.repository.client.policy.wait(b.cuts-1))
}

// end is io.EOF, unless the registry has more than the manifest says.
func (b *blob) end() error {
	if b.body == nil {
		return io.EOF
	}
	watch := time.AfterFunc(b.repository.client.options.Stall, b.stop)
	defer watch.Stop()
	n, err := b.body.Read(make([]byte, 1))
	if n > 0 {
		return fmt.Errorf("the registry sends more than the %d bytes that the manifest says", b.Size)
	}
	if err == nil || b.ctx.Err() != nil {
		return context.Cause(b.ctx)
	}
	return io.EOF // whatever the error is, all bytes are there
}

// Close implements io.Closer.
func (b *blob) Close() error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.closed = true
	if b.body == nil {
		return nil
	}
	b.stop()
	return b.body.Close()
}
