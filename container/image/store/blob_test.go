package store

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/manifest"
)

func blobOf(text string) image.Descriptor {
	return image.Descriptor{MediaType: "x", Digest: manifest.DigestOf([]byte(text)), Size: int64(len(text))}
}

func lease(t testing.TB, s *Store) *Lease {
	t.Helper()
	l, err := s.Lease()
	must(t, err)
	t.Cleanup(func() { must(t, l.Close()) })
	return l
}

func partial(t testing.TB, l *Lease, blob image.Descriptor) *Blob {
	t.Helper()
	b, err := l.PartialBlob(context.Background(), blob)
	must(t, err)
	t.Cleanup(func() { must(t, b.Close()) })
	return b
}

func write(t testing.TB, b *Blob, text string) {
	t.Helper()
	_, err := io.WriteString(b, text)
	must(t, err)
}

// files are what is in the store's directories that has bytes in it, or is on its way.
func files(t testing.TB, s *Store) string {
	t.Helper()
	var found []string
	for _, dir := range []string{image.BlobsDir, image.PartialDir, image.TrashDir, image.RecordsDir, image.NamesDir} {
		names, err := s.list(dir)
		must(t, err)
		for _, name := range names {
			found = append(found, filepath.Base(dir)+"/"+name)
		}
	}
	return strings.Join(found, " ")
}

func TestBlobGoesOn(t *testing.T) {
	s := openStore(t, stateDir(t))
	blob := blobOf("one two three")
	first := partial(t, lease(t, s), blob)
	write(t, first, "one ")
	must(t, first.Close())

	b := partial(t, lease(t, s), blob)
	if content, err := io.ReadAll(b.Content()); b.Offset() != 4 || string(content) != "one " || err != nil {
		t.Fatalf("%d bytes: %q, %v", b.Offset(), content, err)
	}
	write(t, b, "two ")
	if _, _, err := b.Commit(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatalf("bytes are missing: %v", err)
	}
	write(t, b, "three")
	digest, size, err := b.Commit()
	if digest != blob.Digest || size != blob.Size || err != nil {
		t.Fatalf("%s, %d, %v", digest, size, err)
	}
	if got, err := s.ReadBlob(digest); string(got) != "one two three" || err != nil {
		t.Fatalf("%q, %v", got, err)
	}
	if got := files(t, s); got != "sha256/"+digest.Hex() {
		t.Error(got)
	}
}

func TestBlobThatIsAnother(t *testing.T) {
	s := openStore(t, stateDir(t))
	want := blobOf("right")
	for name, write := range map[string]func(b *Blob) error{
		"wrong": func(b *Blob) error { _, err := io.WriteString(b, "wrong"); return err },
		"wrong from before": func(b *Blob) error {
			if _, err := io.WriteString(b, "wro"); err != nil {
				return err
			}
			b.hash.Reset() // as a later process has it
			b.hashed = 0
			_, err := io.WriteString(b, "ng")
			return err
		},
	} {
		b := partial(t, lease(t, s), want)
		must(t, write(b))
		var digest *DigestError
		if _, _, err := b.Commit(); !errors.As(err, &digest) || digest.Want != want.Digest || digest.Got != manifest.DigestOf([]byte("wrong")) {
			t.Errorf("%s: %v", name, err)
		}
		if got := files(t, s); got != "" {
			t.Errorf("%s: %s", name, got)
		}
	}
	b := partial(t, lease(t, s), want)
	write(t, b, "righ")
	if _, err := io.WriteString(b, "tx"); err == nil || b.Offset() != 4 {
		t.Errorf("too much: %v, %d bytes", err, b.Offset())
	}
	must(t, b.Reset())
	write(t, b, "right")
	if _, _, err := b.Commit(); err != nil {
		t.Error(err)
	}
}

// What was in a partial file before is hashed, and a longer one is not gone on with.
func TestBlobDamagedOnDisk(t *testing.T) {
	s := openStore(t, stateDir(t))
	want := blobOf("right")
	lease(t, s)
	file := s.path(image.PartialDir, want.Digest.Hex())
	must(t, os.WriteFile(file, []byte("rxgh"), 0o600))
	b := partial(t, lease(t, s), want)
	write(t, b, "t")
	if _, _, err := b.Commit(); !errors.As(err, new(*DigestError)) {
		t.Error(err)
	}
	must(t, os.WriteFile(file, []byte("right and more"), 0o600))
	if b = partial(t, lease(t, s), want); b.Offset() != 0 {
		t.Errorf("%d bytes", b.Offset())
	}
}

// The digest of a blob is found out, and one that the store has is not there twice.
func TestNewBlob(t *testing.T) {
	s := openStore(t, stateDir(t))
	l := lease(t, s)
	for range 2 {
		b, err := l.NewBlob()
		must(t, err)
		write(t, b, "content")
		digest, size, err := b.Commit()
		if digest != manifest.DigestOf([]byte("content")) || size != 7 || err != nil {
			t.Fatalf("%s %d %v", digest, size, err)
		}
		must(t, b.Close())
	}
	b, err := l.NewBlob()
	must(t, err)
	write(t, b, "given up")
	must(t, b.Close())
	if got := files(t, s); got != "sha256/"+manifest.DigestOf([]byte("content")).Hex() {
		t.Error(got)
	}
}

// Two write the same blob: the second waits, and goes on where the first has given up, or
// has it.
func TestBlobOfTwo(t *testing.T) {
	for _, complete := range []bool{false, true} {
		s := openStore(t, stateDir(t))
		blob := blobOf("one two")
		l := lease(t, s)
		first := partial(t, l, blob)
		write(t, first, "one ")
		ctx, cancel := context.WithCancel(context.Background())
		if cancel(); true {
			if _, err := lease(t, s).PartialBlob(ctx, blob); !errors.Is(err, context.Canceled) {
				t.Errorf("it did not wait: %v", err)
			}
		}
		second := make(chan *Blob)
		waiting := lease(t, s)
		go func() {
			b, err := waiting.PartialBlob(context.Background(), blob)
			if err != nil {
				t.Error(err)
			}
			second <- b
		}()
		want := int64(4)
		if complete {
			write(t, first, "two")
			_, _, err := first.Commit()
			must(t, err)
			want = blob.Size
		}
		must(t, first.Close())
		b := <-second
		if b.Offset() != want {
			t.Errorf("complete %v: %d bytes", complete, b.Offset())
		}
		_, err := io.WriteString(b, "two")
		if complete == (err == nil) {
			t.Errorf("complete %v: write %v", complete, err)
		}
		if digest, _, err := b.Commit(); digest != blob.Digest || err != nil {
			t.Errorf("complete %v: %v", complete, err)
		}
		must(t, b.Close())
	}
}

// A blob that nobody knows to be on the disk is believed only when it was read.
func TestBlobOfAnInterruptedTry(t *testing.T) {
	s := openStore(t, stateDir(t))
	right, wrong := blobOf("right"), blobOf("also right")
	l, err := s.Lease()
	must(t, err)
	for _, text := range []string{"right", "also right"} {
		must(t, takeBlob(l, blobOf(text), text))
	}
	must(t, l.Close())
	must(t, os.WriteFile(s.layout.Blob(wrong.Digest), []byte("zeroes"), 0o600))
	other := lease(t, s)
	if has, err := other.HasBlob(t.Context(), right); !has || err != nil {
		t.Errorf("%v, %v", has, err)
	}
	if has, err := other.HasBlob(t.Context(), wrong); has || err != nil {
		t.Errorf("damaged: %v, %v", has, err)
	}
	if _, err := s.OpenBlob(wrong.Digest); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the damaged one is there: %v", err)
	}
	if has, err := other.HasBlob(t.Context(), image.Descriptor{Digest: right.Digest, Size: 4}); !has || err != nil {
		t.Errorf("it is held: %v, %v", has, err)
	}
	if _, err := other.HasBlob(t.Context(), image.Descriptor{Digest: "sha256:../../../etc/passwd"}); err == nil {
		t.Error("a path is no digest")
	}
}

// A lease keeps what it has, and what it gives up goes; partial blobs are kept for a while.
func TestCollectBesideALease(t *testing.T) {
	s := openStore(t, stateDir(t))
	l := lease(t, s)
	layer, err := takeLayer(l, "layer")
	must(t, err)
	unfinished := partial(t, l, blobOf("not finished"))
	write(t, unfinished, "not")
	other := partial(t, l, blobOf("given up"))
	write(t, other, "given")
	must(t, other.Close())
	before := files(t, s)
	collected, err := s.Collect(context.Background(), false)
	if collected != (Collected{Resumable: int64(len("not") + len("given"))}) || err != nil {
		t.Fatalf("%+v, %v", collected, err)
	}
	if after := files(t, s); after != before {
		t.Errorf("%s\nnot %s", after, before)
	}
	if collected, err = s.Collect(context.Background(), true); collected.Partials != 1 || collected.Bytes != 5 || err != nil {
		t.Fatalf("%+v, %v", collected, err)
	}
	must(t, unfinished.Close())
	must(t, l.Close())
	if _, err := os.Stat(s.layout.LayerDir(layer.Key(), "")); err == nil {
		t.Error("a layer that was not committed stays")
	}
	if collected, err = s.Collect(context.Background(), false); collected != (Collected{Resumable: int64(len("not"))}) || err != nil {
		t.Errorf("a blob that a next try needs: %+v, %v", collected, err)
	}
	old := time.Now().Add(-2 * keepPartial)
	for _, path := range []string{s.layout.Blob(layer.Blob.Digest), s.path(image.PartialDir, blobOf("not finished").Digest.Hex())} {
		must(t, os.Chtimes(path, old, old))
	}
	if collected, err = s.Collect(context.Background(), false); collected.Blobs != 1 || collected.Partials != 1 || err != nil {
		t.Errorf("old ones: %+v, %v", collected, err)
	}
	if got := files(t, s); got != "" {
		t.Error(got)
	}
}

// A child that is just being made has all files of this process until its execve. It keeps no lock
// of what was given up meanwhile.
func TestLocksAreGivenUp(t *testing.T) {
	s := openStore(t, stateDir(t))
	l, err := s.Lease()
	must(t, err)
	must(t, takeBlob(l, blobOf("held"), "held"))
	b := partial(t, l, blobOf("not finished"))
	write(t, b, "not")
	for _, file := range append(slices.Collect(maps.Values(l.held)), b.file) {
		child, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, 0)
		must(t, err)
		defer unix.Close(child)
	}
	must(t, errors.Join(b.Close(), l.Close()))
	if collected, err := s.Collect(context.Background(), true); collected.Blobs != 1 || collected.Partials != 1 || err != nil {
		t.Errorf("%+v, %v", collected, err)
	}
	if got := files(t, s); got != "" {
		t.Error(got)
	}
}
