package registry

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"oras.land/oras-go/v2/registry"
	"oras.land/oras-go/v2/registry/remote/errcode"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/ingest"
)

// upload is a blob on its way to a registry.
type upload struct {
	image.Descriptor
	push *push
	task ingest.Task // nil for none

	// sent is how much of it was handed to the connection.
	sent atomic.Int64
	// whole is whether the registry wanted the content.
	whole bool
}

// What became of a layer, in Docker's words.
const (
	pushed  = "Pushed"
	exists  = "Layer already exists"
	mounted = "Mounted from "
)

// run has the registry have the blob, and says how it has got it.
func (u *upload) run(ctx context.Context) (how string, err error) {
	for try := 0; ; try++ {
		how, err = u.once(ctx, try)
		if err == nil || try == maxTries-1 || !againLater(err) {
			return how, err
		}
		if u.task != nil {
			u.task.Advance(-u.sent.Swap(0))
			u.task.State("Retrying")
		}
		if err := pause(ctx, u.push.repository.client.policy.wait(try)); err != nil {
			return "", err
		}
	}
}

// once tries it once.
func (u *upload) once(ctx context.Context, try int) (how string, err error) {
	blobs := u.push.repository.Blobs()
	has, err := blobs.Exists(ctx, descriptor(u.Descriptor))
	if err != nil {
		return "", &remoteError{err}
	}
	if has {
		if try > 0 && u.whole { // the answer was lost, and not the content
			return pushed, nil
		}
		return exists, nil
	}
	if try > 0 {
		return u.send(ctx, blobs, "")
	}
	return u.send(ctx, blobs, u.push.elsewhere[u.Digest])
}

// send sends the blob, unless the registry takes it from another repository, "" for none.
func (u *upload) send(ctx context.Context, blobs registry.BlobStore, from string) (how string, err error) {
	content, err := u.push.store.OpenBlob(u.Digest)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, content.Close()) }()
	outer := ctx
	ctx, cancel := context.WithCancel(outer)
	defer cancel()
	stall := u.push.repository.client.options.Stall
	watch := time.AfterFunc(stall, cancel)
	watch.Stop() // until something is sent
	u.whole = false
	open := func() (io.ReadCloser, error) {
		u.whole = true
		if u.task != nil {
			u.task.State("Pushing")
		}
		return io.NopCloser(&counted{content, u, watch}), nil
	}
	d := descriptor(u.Descriptor)
	if mounter, can := blobs.(registry.Mounter); can && from != "" {
		err = mounter.Mount(ctx, d, from, open)
	} else {
		body, _ := open() //nolint:errcheck // it cannot fail
		err = blobs.Push(ctx, d, body)
	}
	switch {
	case err != nil && ctx.Err() != nil && outer.Err() == nil:
		return "", &remoteError{&lateError{u.push.repository.endpoint.host, stall}}
	case err != nil:
		return "", &remoteError{err}
	case !u.whole:
		return mounted + from, nil
	}
	return pushed, nil
}

// counted counts what is read, for the bar. Where nothing is read for a while, the registry
// takes nothing any more.
type counted struct {
	io.Reader
	upload *upload
	watch  *time.Timer
}

// Read implements io.Reader.
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if c.watch.Stop(); err == nil {
		c.watch.Reset(c.upload.push.repository.client.options.Stall)
	}
	if n > 0 && c.upload.task != nil {
		c.upload.sent.Add(int64(n))
		c.upload.task.Advance(int64(n))
	}
	return n, err
}

// againLater reports whether an upload that failed may work the next time. A session of an
// upload is lost with its connection, or with the token that it began with.
func againLater(err error) bool {
	var response *errcode.ErrorResponse
	if errors.As(err, &response) {
		switch response.StatusCode {
		case http.StatusBadRequest, http.StatusNotFound, http.StatusTooManyRequests, http.StatusRequestedRangeNotSatisfiable:
			return true
		}
		return temporaryStatus(response.StatusCode)
	}
	return temporary(err) || strings.Contains(err.Error(), "body is not rewindable")
}
