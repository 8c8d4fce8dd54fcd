package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/manifest"
)

// Lease is what an operation has and adds. Nothing of it shows before Commit, and a prune that
// runs beside removes nothing of it: all of it is locked, and the kernel unlocks it if the
// process is killed.
type Lease struct {
	store *Store

	mutex sync.Mutex
	held  map[string]*os.File // by path: a blob, or the directory of a layer
}

// Lease begins an operation.
func (s *Store) Lease() (*Lease, error) {
	if err := s.make(); err != nil {
		return nil, fmt.Errorf("prepare the store of images: %w", Explained(err))
	}
	s.clearLeftovers(context.Background(), false, &Collected{}) //nolint:errcheck // Collect tells what cannot be removed
	return &Lease{store: s, held: map[string]*os.File{}}, nil
}

// Close ends it. Of what was not committed, blobs stay for the next try.
func (l *Lease) Close() error {
	l.mutex.Lock()
	held := l.held
	l.held = map[string]*os.File{}
	l.mutex.Unlock() // the store's mutex is never waited for with it
	var errs []error
	for path, file := range held {
		errs = append(errs, l.dropLayer(path, file), release(file))
	}
	l.store.clearTrash()
	return errors.Join(errs...)
}

// dropLayer takes a layer out of the store that was not committed, unless somebody else
// waits for that it is.
func (l *Lease) dropLayer(path string, dir *os.File) error {
	info, err := os.Lstat(path + "/" + layerFile)
	if err != nil || isOnDisk(info) { // a blob has none
		return nil
	}
	return l.store.decide(func() error {
		got, err := tryLock(dir, unix.LOCK_EX)
		if err == nil && got {
			err = l.store.toTrash(path)
		}
		return err
	})
}

// hold keeps a file that is locked until the lease ends.
func (l *Lease) hold(path string, file *os.File) error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.held[path] != nil {
		return release(file)
	}
	l.held[path] = file
	return nil
}

func (l *Lease) holds(path string) bool {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.held[path] != nil
}

// patience is how long it is until a lock is tried again.
const patience = 20 * time.Millisecond

// wait waits a moment for somebody who has a lock.
func wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(patience):
		return nil
	}
}

// HasBlob reports whether a blob is in the store already; it stays there until the lease ends.
// While somebody else finds out whether it is whole, it waits, until ctx ends.
func (l *Lease) HasBlob(ctx context.Context, blob image.Descriptor) (bool, error) {
	if err := blob.Validate(); err != nil {
		return false, err
	}
	path := l.store.layout.Blob(blob.Digest)
	if l.holds(path) {
		return true, nil
	}
	for {
		file, doubt, err := l.lockBlob(path, blob.Size)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return false, nil
		case err != nil:
			return false, err
		case file == nil:
			if err := wait(ctx); err != nil {
				return false, err
			}
			continue
		case doubt:
			if right, err := l.verify(file, blob.Digest); !right || err != nil {
				return false, errors.Join(err, release(file))
			}
		}
		return true, l.hold(path, file)
	}
}

// lockBlob locks a blob, shared. Where an operation was interrupted that had written it, and
// nobody knows whether it is on the disk, it is in doubt, and locked for the caller alone.
// While somebody else has it so, there is no file.
func (l *Lease) lockBlob(path string, size int64) (locked *os.File, doubt bool, err error) {
	err = l.store.decide(func() error {
		file, err := openFile(path, unix.O_RDONLY)
		if err != nil {
			return err
		}
		info, err := file.Stat()
		if err == nil && !isOnDisk(info) {
			doubt, err = tryLock(file, unix.LOCK_EX)
		}
		got := doubt
		if err == nil && !doubt {
			got, err = tryLock(file, unix.LOCK_SH)
		}
		if err == nil && got && !doubt && size > 0 && info.Size() != size {
			err = fmt.Errorf("blob %s has %d bytes, and is said to have %d", filepath.Base(path), info.Size(), size)
		}
		if err != nil || !got {
			return errors.Join(err, release(file))
		}
		locked = file
		return nil
	})
	return locked, doubt, err
}

// verify has a blob that was in doubt be one of the store, or removes it.
func (l *Lease) verify(file *os.File, want image.Digest) (right bool, err error) {
	got, err := digestOfFile(file)
	if err != nil {
		return false, err
	}
	return got == want, l.store.decide(func() error {
		if got != want {
			return os.Remove(file.Name())
		}
		return flock(file, unix.LOCK_SH)
	})
}

// PutDocument stores a manifest, an index or a configuration.
func (l *Lease) PutDocument(content []byte) (image.Digest, error) {
	if len(content) > MaxDocument {
		return "", fmt.Errorf("a document of %d bytes: %d are the most", len(content), MaxDocument)
	}
	digest := manifest.DigestOf(content)
	blob := image.Descriptor{Digest: digest, Size: int64(len(content))}
	for {
		if has, err := l.HasBlob(context.Background(), blob); has || err != nil {
			return digest, err
		}
		if err := l.putDocument(digest, content); err != nil {
			return "", Explained(err)
		}
	}
}

// putDocument writes a document, unless somebody else has meanwhile.
func (l *Lease) putDocument(digest image.Digest, content []byte) error {
	path := l.store.layout.Blob(digest)
	return l.store.decide(func() error {
		if _, err := os.Lstat(path); err == nil {
			return nil
		}
		if err := l.store.writeBeside(image.BlobsDir+"/"+digest.Hex(), content, false); err != nil {
			return err
		}
		file, err := openFile(path, unix.O_RDONLY)
		if err != nil {
			return err
		}
		if err := flock(file, unix.LOCK_SH); err != nil {
			return errors.Join(err, file.Close())
		}
		return l.hold(path, file)
	})
}
