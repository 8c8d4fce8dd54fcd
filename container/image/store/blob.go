package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/utils"
)

// Blob is a blob that is being written. What is written is hashed.
type Blob struct {
	lease *Lease
	want  image.Descriptor // its Digest is "" where that is not known
	file  *os.File
	done  bool // it is in the store, and file is only read

	size   int64
	hash   hash.Hash
	hashed int64
}

// PartialBlob goes on with a blob whose digest is known, where an earlier try has stopped:
// Offset says how many bytes there are. While somebody else writes it, it waits, until ctx
// ends. Where that makes it a blob of the store, all bytes are there.
func (l *Lease) PartialBlob(ctx context.Context, blob image.Descriptor) (*Blob, error) {
	for {
		has, err := l.HasBlob(ctx, blob)
		if err != nil {
			return nil, err
		}
		if has {
			return l.doneBlob(blob)
		}
		file, size, err := l.lockPartial(blob)
		if err != nil {
			return nil, Explained(err)
		}
		if file != nil {
			return &Blob{lease: l, want: blob, file: file, size: size, hash: sha256.New()}, nil
		}
		if err := wait(ctx); err != nil {
			return nil, err
		}
	}
}

// doneBlob is a blob that is in the store, and held.
func (l *Lease) doneBlob(blob image.Descriptor) (*Blob, error) {
	file, err := l.store.OpenBlob(blob.Digest)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &Blob{lease: l, want: blob, file: file, size: info.Size(), done: true}, nil
}

// lockPartial opens what there is of a blob. Where somebody else writes it, or has made it
// a blob of the store, there is no file.
func (l *Lease) lockPartial(blob image.Descriptor) (locked *os.File, size int64, err error) {
	err = l.store.decide(func() error {
		if _, err := os.Lstat(l.store.layout.Blob(blob.Digest)); err == nil {
			return nil
		}
		file, err := openFile(l.store.path(image.PartialDir, blob.Digest.Hex()), unix.O_RDWR|unix.O_CREAT)
		if err != nil {
			return err
		}
		got, err := tryLock(file, unix.LOCK_EX)
		if err != nil || !got {
			return errors.Join(err, file.Close())
		}
		info, err := file.Stat()
		if err == nil && blob.Size > 0 && info.Size() > blob.Size {
			err = file.Truncate(0)
		} else if err == nil {
			size = info.Size()
		}
		if err != nil {
			return errors.Join(err, release(file))
		}
		locked = file
		return nil
	})
	return locked, size, err
}

// NewBlob begins a blob whose digest is not known yet.
func (l *Lease) NewBlob() (*Blob, error) {
	id, err := utils.NewID()
	if err != nil {
		return nil, err
	}
	b := &Blob{lease: l, hash: sha256.New()}
	err = l.store.decide(func() (err error) {
		b.file, err = openFile(l.store.path(image.PartialDir, newPrefix+id), unix.O_RDWR|unix.O_CREAT|unix.O_EXCL)
		if err == nil {
			err = flock(b.file, unix.LOCK_EX)
		}
		return err
	})
	if err != nil {
		return nil, Explained(errors.Join(err, b.Close()))
	}
	return b, nil
}

// newPrefix begins the name of a blob whose digest is not known: nobody can go on with it.
const newPrefix = "new-"

// Offset is how many bytes there are.
func (b *Blob) Offset() int64 { return b.size }

// Content are the bytes that are there, from the beginning.
func (b *Blob) Content() io.Reader { return io.NewSectionReader(b.file, 0, b.size) }

// Write implements io.Writer.
func (b *Blob) Write(content []byte) (int, error) {
	if len(content) == 0 {
		return 0, nil
	}
	if b.done {
		return 0, fmt.Errorf("blob %s is complete", b.want.Digest.Short())
	}
	if b.want.Size > 0 && b.size+int64(len(content)) > b.want.Size {
		return 0, fmt.Errorf("more comes than the %d bytes that it is said to have", b.want.Size)
	}
	if err := b.hashRest(); err != nil {
		return 0, err
	}
	n, err := b.file.WriteAt(content, b.size)
	_, hashErr := b.hash.Write(content[:n])
	b.size += int64(n)
	b.hashed = b.size
	if err = errors.Join(err, hashErr); err != nil {
		err = Explained(fmt.Errorf("write a blob: %w", err))
	}
	return n, err
}

// hashRest hashes what an earlier try has written.
func (b *Blob) hashRest() error {
	if b.hashed == b.size {
		return nil
	}
	n, err := io.Copy(b.hash, io.NewSectionReader(b.file, b.hashed, b.size-b.hashed))
	b.hashed += n
	if err == nil && b.hashed != b.size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		err = fmt.Errorf("read %s: %w", b.file.Name(), err)
	}
	return err
}

// Reset takes all bytes back, where a registry cannot go on, or has sent something else.
func (b *Blob) Reset() error {
	if b.done || b.file == nil { // it is complete, or dropped
		return nil
	}
	b.size, b.hashed = 0, 0
	b.hash.Reset()
	return b.file.Truncate(0)
}

// Commit makes it a blob of the store. Where its digest was known and is another, the error
// is a *DigestError and nothing of it stays. Where bytes are missing, it is
// io.ErrUnexpectedEOF.
func (b *Blob) Commit() (image.Digest, int64, error) {
	if b.done {
		return b.want.Digest, b.size, nil
	}
	if b.want.Size > 0 && b.size < b.want.Size {
		return "", 0, fmt.Errorf("%d of %d bytes: %w", b.size, b.want.Size, io.ErrUnexpectedEOF)
	}
	if err := b.hashRest(); err != nil {
		return "", 0, err
	}
	got := image.NewDigest(b.hash.Sum(nil))
	if b.want.Digest != "" && got != b.want.Digest {
		err := &DigestError{What: "its blob", Want: b.want.Digest, Got: got}
		return "", 0, errors.Join(err, b.Reset(), b.drop())
	}
	if err := b.publish(got); err != nil {
		return "", 0, Explained(err)
	}
	return got, b.size, nil
}

// publish gives a complete blob its name. Where the store has it by now, that one is taken.
func (b *Blob) publish(digest image.Digest) error {
	blob := image.Descriptor{Digest: digest, Size: b.size}
	for {
		if has, err := b.lease.HasBlob(context.Background(), blob); err != nil || has {
			return errors.Join(err, b.drop())
		}
		held := false
		err := b.lease.store.decide(func() error {
			path := b.lease.store.layout.Blob(digest)
			if _, err := os.Lstat(path); err == nil {
				return nil
			}
			if err := os.Rename(b.file.Name(), path); err != nil {
				return err
			}
			if err := flock(b.file, unix.LOCK_SH); err != nil {
				return err
			}
			held = true
			return b.lease.hold(path, b.file)
		})
		if held {
			b.file = nil
		}
		if held || err != nil {
			return err // Close closes what is not held
		}
	}
}

// drop removes what was written.
func (b *Blob) drop() error {
	if b.file == nil {
		return nil
	}
	err := utils.Ignore(os.Remove(b.file.Name()), fs.ErrNotExist)
	err = errors.Join(err, b.file.Close())
	b.file = nil
	return err
}

// Close gives up a blob that was not committed. A partial one stays for the next try.
func (b *Blob) Close() error {
	if b.file == nil {
		return nil
	}
	if !b.done && (b.want.Digest == "" || b.size == 0) {
		return b.drop()
	}
	err := release(b.file)
	b.file = nil
	return err
}
