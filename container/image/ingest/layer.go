package ingest

import (
	"context"
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/layers"
	"github.com/mydocker/mydocker/container/image/unpack"
)

// layer takes a layer in: what is not in the store of its blob and its directory. One that
// turns out to depend on those below has no directory after that.
func (t *taking) layer(ctx context.Context, n int) error {
	task := t.beginTask(&t.layers[n])
	err := t.try(ctx, n, task)
	var damaged *damagedPartError
	if errors.As(err, &damaged) { // then all of it is fetched again
		err = t.try(ctx, n, task)
	}
	return err
}

func (t *taking) try(ctx context.Context, n int, task Task) error {
	l := &t.layers[n]
	p := t.parts[l.pair()]
	has, err := t.findBlob(l, p)
	if err == nil {
		p.depends, err = t.isInChain(n)
	}
	if err != nil {
		return err
	}
	j := t.newJob(l, p, task)
	j.has, j.options.LowersUnknown = has, true
	if !p.depends {
		if j.dir, p.size, err = t.lease.Layer(ctx, l.DiffID, t.variant); err != nil {
			return err
		}
	}
	if j.dir == nil && has {
		known, err := t.isKnown(pair{p.blob.Digest, l.DiffID})
		if known || err != nil {
			task.End("Already exists")
			return err
		}
	}
	if err := j.finish(ctx, l.DiffID); err != nil {
		return err
	}
	task.End("Pull complete")
	return nil
}

func (t *taking) newJob(l *Layer, p *part, task Task) *job {
	return &job{taking: t, layer: l, part: p, task: task, sum: sha256.New(), options: unpack.Options{
		Variant: t.variant.Variant, MaxBytes: t.MaxBytes, MaxEntries: t.MaxEntries, OneOwner: t.variant.Variant != "",
	}}
}

// settle says what has become of a layer, when all below are settled, and unpacks it now if it
// depends on them.
func (t *taking) settle(ctx context.Context, n int) error {
	l := &t.layers[n]
	p := t.parts[l.pair()]
	taken := image.Layer{DiffID: l.DiffID, Blob: p.blob, Size: p.size}
	if p.depends {
		taken.Chain = chainOf(t.layers[:n+1])
		var err error
		if taken.Size, err = t.unpackChained(ctx, n, taken.Chain); err != nil {
			return err
		}
	}
	t.taken = append(t.taken, taken)
	return nil
}

func (t *taking) unpackChained(ctx context.Context, n int, key image.Digest) (int64, error) {
	l := &t.layers[n]
	dir, size, err := t.lease.Layer(ctx, key, t.variant)
	if dir == nil || err != nil {
		return size, err
	}
	p := *t.parts[l.pair()]
	j := t.newJob(l, &p, noTask{})
	j.has, j.dir = true, dir
	if n > 0 {
		j.options.Lowers = &layers.Stack{Lowers: t.lowers(), UserXattr: t.variant.UserXattr()}
	}
	err = j.finish(ctx, key)
	return p.size, err
}

// lowers are the directories of the layers that are settled, the uppermost first.
func (t *taking) lowers() (dirs []string) {
	seen := map[image.Digest]bool{}
	for n := len(t.taken) - 1; n >= 0; n-- {
		if key := t.taken[n].Key(); !seen[key] {
			seen[key] = true
			dirs = append(dirs, t.store.Layout().Layer(key, t.variant.Variant))
		}
	}
	return dirs
}

// findBlob reports whether the blob of a layer is in the store. Where nobody has told its
// digest, it may be the archive itself.
func (t *taking) findBlob(l *Layer, p *part) (bool, error) {
	if l.Blob.Digest != "" {
		return t.lease.HasBlob(l.Blob)
	}
	d := image.Descriptor{MediaType: layerType("none"), Digest: l.DiffID}
	has, err := t.lease.HasBlob(d)
	if !has || err != nil {
		return false, err
	}
	info, err := os.Stat(t.store.Layout().Blob(d.Digest))
	if err == nil {
		d.Size = info.Size()
		p.blob = d
	}
	return err == nil, err
}

// isInChain reports whether a layer is in the store as one that depends on those below.
func (t *taking) isInChain(n int) (bool, error) {
	_, err := os.Lstat(t.store.Layout().LayerDir(chainOf(t.layers[:n+1]), t.variant.Variant))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// isKnown reports whether it was verified that a blob is the archive of a layer. What
// both are in the store does not say that: a manifest could pair any two.
func (t *taking) isKnown(p pair) (bool, error) {
	if p.blob == p.diffID {
		return true, nil
	}
	known, err := t.known()
	return known[p], err
}

// readKnown lists what was verified for the images of the store.
func (t *taking) readKnown() (map[pair]bool, error) {
	layout := t.store.Layout()
	manifests, err := layout.Manifests()
	if err != nil {
		return nil, err
	}
	known := map[pair]bool{}
	for _, digest := range manifests {
		record, err := layout.ReadRecord(digest)
		if err != nil {
			continue // it is removed meanwhile, or damaged: then nothing is known by it
		}
		for n := range record.Layers {
			l := &record.Layers[n]
			known[pair{l.Blob.Digest, l.DiffID}] = true
		}
	}
	return known, nil
}
