package ingest

import (
	"context"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/compression"
	"github.com/mydocker/mydocker/container/image/store"
	"github.com/mydocker/mydocker/container/image/unpack"
)

// job has the bytes of a layer go by once. They are fetched and written, verified, decompressed
// and unpacked at the same time:
//
//	source -> blob of the store -> | decompressor -> digest -> | directory
//
// Each "|" is between two goroutines.
type job struct {
	*taking
	layer   *Layer
	part    *part
	task    Task
	has     bool            // the blob is in the store
	dir     *store.NewLayer // nil: the layer is only verified
	options unpack.Options
	chain   image.Digest // its key if it depends on the layers below
	sum     hash.Hash    // of the archive

	blob    *store.Blob // what is fetched is written to
	resumed bool        // an earlier try has fetched a part of it
	kind    compression.Kind

	// What has to be closed, in this order.
	sources      []io.Closer
	fetched      *ahead
	decompressed *ahead
	decompressor io.Closer
}

// finish does it, and makes the directory the layer of a key.
func (j *job) finish(ctx context.Context, key image.Digest) (err error) {
	defer func() {
		if j.dir != nil {
			err = errors.Join(err, j.dir.Close())
		}
	}()
	result, err := j.run(ctx)
	var depends *unpack.DependsError
	if errors.As(err, &depends) && j.options.LowersUnknown {
		j.part.depends = true
		return nil
	}
	if err != nil || j.dir == nil {
		return err
	}
	j.part.size = result.Bytes
	if len(result.Implied) > 0 {
		if err := j.postpone(result.Implied); err != nil || j.part.unsettled == nil {
			return err
		}
	} else if err := j.dir.Commit(result.Bytes); err != nil {
		return fmt.Errorf("%w (for the layer %s)", err, key.Short())
	}
	j.notes.add(&result)
	return nil
}

// postpone leaves a layer, under the name that it will have, to be settled. Where somebody else
// makes the same one, theirs is taken then.
func (j *job) postpone(implied []string) error {
	j.part.depends = true
	done, err := j.dir.Rename(j.chain)
	if done && err == nil {
		j.part.unsettled, j.part.implied = j.dir, implied
		j.dir = nil
	}
	return err
}

// run returns a *unpack.DependsError only when all the rest is done.
func (j *job) run(ctx context.Context) (result unpack.Result, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer func() {
		interrupted := ctx.Err() != nil
		cancel()
		err = j.leaveBlob(errors.Join(err, j.stop()), interrupted)
	}()
	raw, err := j.open(ctx)
	if err == nil {
		err = j.decompress(ctx, raw)
	}
	if err != nil {
		return result, err
	}
	return j.pass(ctx)
}

// leaveBlob gives up a blob that was not committed, when nobody writes to it any more. It stays
// for the next try only if there was nothing wrong but that no more of it came: what cannot be
// unpacked may be damaged, which its digest would tell only at its end.
func (j *job) leaveBlob(err error, interrupted bool) error {
	if j.blob == nil {
		return err
	}
	damaged := IsDamage(err)
	var fetch *fetchError
	if damaged || !interrupted && !errors.As(err, &fetch) {
		err = errors.Join(err, j.blob.Reset())
	}
	err = errors.Join(err, j.blob.Close())
	if damaged && j.resumed {
		return &damagedPartError{err}
	}
	return err
}

// decompress begins to read.
func (j *job) decompress(ctx context.Context, raw io.Reader) error {
	j.fetched = newAhead(&watchedReader{r: raw, task: j.task, ctx: ctx})
	content, kind, err := compression.NewReader(j.fetched)
	if err != nil {
		return err
	}
	j.decompressor, j.kind = content, kind
	archive := io.Reader(content)
	if !j.isPlain() {
		archive = io.TeeReader(content, j.sum)
	}
	j.decompressed = newAhead(archive)
	return nil
}

// pass has the archive go by.
func (j *job) pass(ctx context.Context) (result unpack.Result, err error) {
	var depends *unpack.DependsError
	if j.dir != nil {
		result, err = j.worker.Layer(ctx, j.decompressed, j.dir.Dir, &j.options)
		if err != nil && !errors.As(err, &depends) {
			return result, err
		}
	}
	if _, err := io.Copy(io.Discard, j.decompressed); err != nil {
		return result, err
	}
	if err := j.verify(); err != nil {
		return result, err
	}
	if depends != nil {
		return result, depends
	}
	return result, nil
}

// isPlain reports whether the blob is the archive, and so has its digest.
func (j *job) isPlain() bool { return j.kind == compression.None && j.blob != nil }

// verify holds what has gone by against its digests, and makes it a blob of the store.
func (j *job) verify() error {
	got := image.NewDigest(j.sum.Sum(nil))
	plain := j.isPlain()
	if !plain && got != j.layer.DiffID {
		return &store.DigestError{What: "its archive", Want: j.layer.DiffID, Got: got}
	}
	if j.blob == nil {
		return nil
	}
	digest, size, err := j.blob.Commit()
	if err != nil {
		return err
	}
	err = j.blob.Close()
	j.blob = nil
	j.part.blob.Digest, j.part.blob.Size = digest, size
	if j.part.blob.MediaType == "" {
		j.part.blob.MediaType, _ = LayerType(j.kind)
	}
	if plain && digest != j.layer.DiffID {
		err = errors.Join(err, &store.DigestError{What: "its archive", Want: j.layer.DiffID, Got: digest})
	}
	return err
}

// stop ends the goroutines. A source that does not answer is closed first, for they wait for
// it.
func (j *job) stop() error {
	var errs []error
	for _, source := range j.sources {
		errs = append(errs, source.Close())
	}
	if j.fetched != nil {
		j.fetched.close()
	}
	if j.decompressed != nil {
		j.decompressed.close()
	}
	if j.decompressor != nil {
		errs = append(errs, j.decompressor.Close())
	}
	return errors.Join(errs...)
}

func (j *job) own(c io.Closer) { j.sources = append(j.sources, c) }
