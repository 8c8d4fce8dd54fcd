package ingest

import (
	"context"
	"crypto/sha256"
	"errors"
	"os"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/layers"
	"github.com/mydocker/mydocker/container/image/manifest"
	"github.com/mydocker/mydocker/container/image/store"
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
	has, err := t.findBlob(ctx, l, p)
	if err != nil {
		return err
	}
	j := t.newJob(l, p, task)
	j.has, j.options.LowersUnknown, j.chain = has, true, chainOf(t.layers[:n+1])
	if j.dir, err = t.newLayer(ctx, l, p, j.chain); err != nil {
		return err
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

// newLayer is the directory to unpack a layer in, nil where it is unpacked, or is settled
// later because somebody else has found out that it depends on those below.
func (t *taking) newLayer(ctx context.Context, l *Layer, p *part, chain image.Digest) (dir *store.NewLayer, err error) {
	if p.depends, err = t.lease.IsAnnounced(chain, t.variant.Variant); p.depends || err != nil {
		return nil, err
	}
	if dir, p.size, err = t.lease.Layer(ctx, l.DiffID, t.variant); dir == nil || err != nil {
		return nil, err
	}
	// While this waited for the directory, somebody else may have made the other one.
	if p.depends, err = t.lease.IsAnnounced(chain, t.variant.Variant); p.depends || err != nil {
		return nil, errors.Join(err, dir.Close())
	}
	return dir, nil
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
		if p.unsettled != nil {
			taken.Size, err = p.size, t.settleImplied(ctx, p)
		} else {
			taken.Size, err = t.unpackChained(ctx, n, taken.Chain)
		}
		if err != nil {
			return err
		}
	}
	t.taken = append(t.taken, taken)
	return nil
}

// settleImplied gives the directories that a layer is silent about what those below have.
func (t *taking) settleImplied(ctx context.Context, p *part) error {
	dir := p.unsettled
	p.unsettled = nil
	err := t.worker.Imply(ctx, dir.Dir, p.implied, &unpack.Options{Variant: t.variant.Variant, Lowers: t.stack(), OneOwner: t.variant.Variant != ""})
	if err == nil {
		err = dir.Commit(p.size)
	}
	return errors.Join(err, dir.Close())
}

// unpackChained unpacks a layer again, over those below: it has hard links to their files.
func (t *taking) unpackChained(ctx context.Context, n int, key image.Digest) (int64, error) {
	l := &t.layers[n]
	dir, size, err := t.lease.Layer(ctx, key, t.variant)
	if dir == nil || err != nil {
		return size, err
	}
	p := *t.parts[l.pair()]
	j := t.newJob(l, &p, noTask{})
	j.has, j.dir = true, dir
	j.options.Lowers = t.stack()
	err = j.finish(ctx, key)
	return p.size, err
}

// stack are the layers that are settled, nil for none.
func (t *taking) stack() *layers.Stack {
	if len(t.taken) == 0 {
		return nil
	}
	s := &layers.Stack{UserXattr: t.variant.UserXattr()}
	seen := map[image.Digest]bool{}
	for n := len(t.taken) - 1; n >= 0; n-- {
		if key := t.taken[n].Key(); !seen[key] {
			seen[key] = true
			s.Lowers = append(s.Lowers, t.store.Layout().Layer(key, t.variant.Variant))
		}
	}
	return s
}

// findBlob reports whether the blob of a layer is in the store. Where nobody has told its
// digest, it may be the archive itself.
func (t *taking) findBlob(ctx context.Context, l *Layer, p *part) (bool, error) {
	if l.Blob.Digest != "" {
		return t.lease.HasBlob(ctx, l.Blob)
	}
	d := image.Descriptor{MediaType: manifest.OCILayer, Digest: l.DiffID}
	has, err := t.lease.HasBlob(ctx, d)
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
