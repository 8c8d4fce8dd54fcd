package ingest

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/compression"
	"github.com/mydocker/mydocker/container/image/imagetest"
	"github.com/mydocker/mydocker/container/image/manifest"
	"github.com/mydocker/mydocker/container/image/store"
	"github.com/mydocker/mydocker/container/image/unpack"
)

// shelf is a source in memory.
type shelf struct {
	mutex   sync.Mutex
	blobs   map[string][]byte // by Layer.Name
	opened  []int64           // the offsets that were asked for
	cut     int64             // how many bytes come before the connection is cut, 0: all
	restart bool              // it cannot begin but at 0
}

var errCut = errors.New("the connection is cut")

func (s *shelf) Blob(_ context.Context, l *Layer, offset int64) (io.ReadCloser, int64, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.opened = append(s.opened, offset)
	if s.restart {
		offset = 0
	}
	var r io.Reader = bytes.NewReader(s.blobs[l.Name][offset:])
	if s.cut > 0 {
		r = &cutReader{r: r, left: s.cut}
	}
	return io.NopCloser(r), offset, nil
}

type cutReader struct {
	r    io.Reader
	left int64
}

func (c *cutReader) Read(p []byte) (int, error) {
	if c.left == 0 {
		return 0, errCut
	}
	n, err := c.r.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}

// bench is a store, and images for it.
type bench struct {
	*testing.T
	state string
	store *store.Store
}

func newBench(t *testing.T) *bench {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	b := &bench{T: t, state: t.TempDir()}
	var err error
	b.store, err = store.Open(b.state)
	b.must(err)
	t.Cleanup(func() { b.must(b.store.Close()) })
	return b
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bench) tar(entries ...imagetest.Entry) []byte {
	b.Helper()
	archive, err := imagetest.Tar(entries...)
	b.must(err)
	return archive
}

// image makes one whose blobs are compressed so; named says that their digests are told.
func (b *bench) image(kind compression.Kind, named bool, archives ...[]byte) (*Image, *shelf) {
	b.Helper()
	made := imagetest.Image{Layers: archives}
	config, err := made.Document()
	b.must(err)
	s := &shelf{blobs: map[string][]byte{}}
	i := &Image{Config: config, Source: s}
	for n, archive := range archives {
		var blob bytes.Buffer
		w, err := compression.NewWriter(&blob, kind)
		b.must(err)
		_, err = w.Write(archive)
		b.must(errors.Join(err, w.Close()))
		name := fmt.Sprint(n)
		s.blobs[name] = blob.Bytes()
		l := Layer{Name: name, DiffID: manifest.DigestOf(archive)}
		if named {
			l.Blob = image.Descriptor{MediaType: typeOf(kind), Digest: manifest.DigestOf(blob.Bytes()), Size: int64(blob.Len())}
		}
		i.Layers = append(i.Layers, l)
	}
	return i, s
}

func (b *bench) take(i *Image, o Options) *image.Record {
	b.Helper()
	record, _, err := Take(context.Background(), b.store, i, &o)
	b.must(err)
	return record
}

// dir is where a layer lies.
func (b *bench) dir(l image.Layer) string { return b.store.Layout().Layer(l.Key(), "") }

func (b *bench) content(l image.Layer, name string) string {
	b.Helper()
	content, err := os.ReadFile(filepath.Join(b.dir(l), name))
	b.must(err)
	return string(content)
}

// expectNothing makes sure that nothing half-made is to be seen.
func (b *bench) expectNothing() {
	b.Helper()
	images, err := b.store.Images()
	b.must(err)
	if len(images) > 0 {
		b.Errorf("there are images: %v", images)
	}
	found, err := filepath.Glob(b.state + "/images/layers/*/*")
	b.must(err)
	if len(found) > 0 {
		b.Errorf("there are layers: %v", found)
	}
}

func typeOf(kind compression.Kind) string {
	mediaType, _ := LayerType(kind)
	return mediaType
}

func TestTake(t *testing.T) {
	for _, kind := range []compression.Kind{compression.None, compression.Gzip, compression.Zstd} {
		for _, named := range []bool{true, false} {
			b := newBench(t)
			i, _ := b.image(kind, named, b.tar(imagetest.Dir("etc"), imagetest.File("etc/one", "1")), b.tar(imagetest.File("two", "22")), b.tar())
			record := b.take(i, Options{})
			if len(record.Layers) != 3 || record.Size != 3 || b.content(record.Layers[0], "etc/one") != "1" || b.content(record.Layers[1], "two") != "22" {
				t.Errorf("%s, %t: %+v", kind, named, record)
			}
			for n, l := range record.Layers {
				if l.Chain != "" || l.Blob.MediaType != typeOf(kind) {
					t.Errorf("%s, %t: layer %d is %+v", kind, named, n, l)
				}
			}
		}
	}
}

// What is there is neither fetched nor unpacked again; a layer that two images have is there once.
func TestTakeAgain(t *testing.T) {
	for _, named := range []bool{true, false} {
		b := newBench(t)
		one, two := b.tar(imagetest.File("one", "1")), b.tar(imagetest.File("two", "2"))
		first, _ := b.image(compression.None, named, one)
		b.take(first, Options{})
		second, s := b.image(compression.None, named, one, two, one)
		record := b.take(second, Options{})
		if len(s.opened) != 1 || record.Layers[0] != record.Layers[2] {
			t.Errorf("%t: fetched %d times: %+v", named, len(s.opened), record.Layers)
		}
		s.opened = nil
		if again := b.take(second, Options{}); len(s.opened) != 0 || again.Manifest != record.Manifest {
			t.Errorf("%t: fetched %d times, %v", named, len(s.opened), again.Manifest)
		}
	}
}

// What no OCI layer is compressed by is stored as it is without.
func TestXzLayer(t *testing.T) {
	b := newBench(t)
	blob, err := os.ReadFile("testdata/layer.tar.xz")
	b.must(err)
	r, _, err := compression.NewReader(bytes.NewReader(blob))
	b.must(err)
	archive, err := io.ReadAll(r)
	b.must(err)
	i, s := b.image(compression.None, false, archive)
	s.blobs["0"] = blob
	record := b.take(i, Options{})
	if l := record.Layers[0]; l.Blob.Digest != l.DiffID || l.Blob.MediaType != typeOf(compression.None) {
		t.Errorf("%+v", l)
	}
}

// A layer that depends on those below is unpacked over them, and images with other ones below do
// not share it.
func TestDependentLayers(t *testing.T) {
	b := newBench(t)
	tmp := imagetest.Dir("tmp")
	tmp.Mode = 0o1777
	other := tmp
	other.Mode = 0o700
	upper := b.tar(imagetest.File("tmp/file", "x"), imagetest.Entry{Header: tar.Header{Typeflag: tar.TypeLink, Name: "hard", Linkname: "old"}})
	for mode, below := range map[os.FileMode]imagetest.Entry{os.ModeSticky | 0o777: tmp, 0o700: other} {
		i, s := b.image(compression.Gzip, true, b.tar(below, imagetest.File("old", mode.String())), upper)
		for range 2 {
			record := b.take(i, Options{})
			l := record.Layers[1]
			if l.Chain == "" || record.Layers[0].Chain != "" || b.content(l, "hard") != mode.String() {
				t.Errorf("%+v", record.Layers)
			}
			info, err := os.Stat(filepath.Join(b.dir(l), "tmp"))
			b.must(err)
			if info.Mode()&^os.ModeDir != mode {
				t.Errorf("%v, want %v", info.Mode(), mode)
			}
		}
		if len(s.opened) > 2 {
			t.Errorf("fetched %d times", len(s.opened))
		}
	}
}

// A layer that hides the whole root hides each name of it: overlayfs merges roots whatever they say.
func TestOpaqueRoot(t *testing.T) {
	b := newBench(t)
	i, _ := b.image(compression.None, true, b.tar(imagetest.File("old", ""), imagetest.Dir("dir"), imagetest.File("dir/old", "")),
		b.tar(imagetest.File(".wh..wh..opq", ""), imagetest.File("dir/new", ""), imagetest.File("new", "")))
	record := b.take(i, Options{})
	var dirs []*os.File
	for n := range record.Layers {
		dir, err := os.Open(b.dir(record.Layers[len(record.Layers)-1-n]))
		b.must(err)
		defer dir.Close()
		dirs = append(dirs, dir)
	}
	var out bytes.Buffer
	_, err := unpack.Archive(context.Background(), &out, dirs, &unpack.ArchiveOptions{})
	b.must(err)
	var names []string
	for r := tar.NewReader(&out); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		b.must(err)
		names = append(names, h.Name)
	}
	if want := []string{"./", "dir/", "dir/new", "new"}; !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
}

// What was fetched before a connection is cut is not fetched again, and shows nowhere.
func TestResume(t *testing.T) {
	for _, restart := range []bool{false, true} {
		b := newBench(t)
		i, s := b.image(compression.None, true, b.tar(imagetest.File("big", strings.Repeat("0123456789abcdef", 1<<16))))
		s.cut = 300_000
		_, _, err := Take(context.Background(), b.store, i, &Options{})
		if !errors.Is(err, errCut) {
			t.Fatalf("a cut connection: %v", err)
		}
		b.expectNothing()
		s.cut, s.restart = 0, restart
		record := b.take(i, Options{})
		if want := []int64{0, 300_000}; !slices.Equal(s.opened, want) {
			t.Errorf("opened at %v, want %v", s.opened, want)
		}
		if len(b.content(record.Layers[0], "big")) != 1<<20 {
			t.Error("the file is another one")
		}
	}
}

// A part that an earlier try has left damaged is fetched anew, at once.
func TestDamagedPart(t *testing.T) {
	for _, kind := range []compression.Kind{compression.None, compression.Gzip} {
		b := newBench(t)
		i, s := b.image(kind, true, b.tar(imagetest.File("big", strings.Repeat("0123456789abcdef", 1<<16))))
		s.cut = int64(len(s.blobs["0"]) / 2)
		good := bytes.Clone(s.blobs["0"])
		s.blobs["0"][s.cut-100] ^= 0x40
		if _, _, err := Take(context.Background(), b.store, i, &Options{}); err == nil {
			t.Fatal("half a blob is taken")
		}
		s.blobs["0"], s.cut = good, 0
		b.take(i, Options{})
	}
}

// Of a blob that cannot be unpacked nothing stays for the next try: it may be damaged, though
// it does not look so.
func TestDamagedUnseen(t *testing.T) {
	b := newBench(t)
	i, s := b.image(compression.None, true, b.tar(imagetest.File("file", "content")))
	good := s.blobs["0"]
	s.blobs["0"] = b.tar(imagetest.File("../f", "content"))
	if _, _, err := Take(context.Background(), b.store, i, &Options{}); err == nil || IsDamage(err) {
		t.Fatalf("a name that leads out: %v", err)
	}
	s.blobs["0"] = good
	b.take(i, Options{})
	if want := []int64{0, 0}; !slices.Equal(s.opened, want) {
		t.Errorf("opened at %v, want %v", s.opened, want)
	}
}

// What is not what it is said to be is refused, leaves nothing, and is fetched anew later.
func TestForged(t *testing.T) {
	flip := func(blob []byte) []byte {
		blob = bytes.Clone(blob)
		blob[len(blob)/2] ^= 1
		return blob
	}
	long := b64(100 << 10)
	for name, row := range map[string]struct {
		change func(i *Image, s *shelf)
		says   string
	}{
		"another content": {func(_ *Image, s *shelf) { s.blobs["0"] = flip(s.blobs["0"]) }, ""},
		"longer":          {func(_ *Image, s *shelf) { s.blobs["0"] = append(s.blobs["0"], make([]byte, 1024)...) }, "more bytes than the manifest says"},
		"shorter":         {func(_ *Image, s *shelf) { s.blobs["0"] = s.blobs["0"][:len(s.blobs["0"])-512] }, ""},
		"another archive": {func(i *Image, _ *shelf) {
			i.Config = bytes.ReplaceAll(i.Config, []byte(i.Layers[0].DiffID), []byte(fake))
			i.Layers[0].DiffID = fake
		}, "its archive: its content has the digest"},
		"two diff ids": {func(i *Image, _ *shelf) { i.Layers[0].DiffID = fake }, "the configuration of the image says"},
		"a layer more": {func(i *Image, _ *shelf) { i.Layers = append(i.Layers, i.Layers[0]) }, "the manifest has 2 layers"},
		"for Windows": {func(i *Image, _ *shelf) {
			i.Config = bytes.Replace(i.Config, []byte(`"linux"`), []byte(`"windows"`), 1)
		}, "the image is for windows"},
		"foreign": {func(i *Image, _ *shelf) {
			i.Layers[0].Blob.MediaType = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
		}, "foreign layer"},
		"encrypted":      {func(i *Image, _ *shelf) { i.Layers[0].Blob.MediaType += "+encrypted" }, "is not known"},
		"digest as path": {func(i *Image, _ *shelf) { i.Layers[0].Blob.Digest = "sha256:../../../../etc/passwd" }, "not 64 hexadecimal digits"},
		"an index as manifest": {func(i *Image, _ *shelf) {
			i.Manifest = []byte(`{"schemaVersion":2,"manifests":[],"layers":[]}`)
		}, "at the same time"},
		"another manifest": {func(i *Image, _ *shelf) {
			i.Manifest, _ = manifest.Make(&manifest.Image{Config: image.Descriptor{MediaType: "application/vnd.oci.image.config.v1+json", Digest: manifest.DigestOf(i.Config)}})
		}, "the layers are others"},
		"another configuration": {func(i *Image, _ *shelf) {
			i.Manifest, _ = manifest.Make(&manifest.Image{Config: image.Descriptor{MediaType: "application/vnd.oci.image.config.v1+json", Digest: fake}})
		}, "its manifest says"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			i, s := b.image(compression.Gzip, true, b.tar(imagetest.File("file", long)))
			good := *i
			good.Layers = slices.Clone(i.Layers)
			good.Source = &shelf{blobs: map[string][]byte{"0": s.blobs["0"]}}
			row.change(i, s)
			if _, _, err := Take(context.Background(), b.store, i, &Options{}); err == nil || !strings.Contains(err.Error(), row.says) {
				t.Errorf("%v, want %q", err, row.says)
			}
			b.expectNothing()
			b.take(&good, Options{})
		})
	}
}

const fake = image.Digest("sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff")

// b64 is text that cannot be compressed well.
func b64(n int) string {
	var text strings.Builder
	for i := uint32(1); text.Len() < n; i = i*1664525 + 1013904223 {
		fmt.Fprintf(&text, "%x", i)
	}
	return text.String()
}

// A manifest that pairs a blob of the store with another layer of the store is found out.
func TestSwappedPair(t *testing.T) {
	b := newBench(t)
	one, two := b.tar(imagetest.File("one", "1")), b.tar(imagetest.File("two", "2"))
	first, _ := b.image(compression.Gzip, true, one)
	second, _ := b.image(compression.Gzip, true, two)
	b.take(first, Options{})
	b.take(second, Options{})
	forged, _ := b.image(compression.Gzip, true, one)
	forged.Layers[0].Blob = second.Layers[0].Blob
	var digest *store.DigestError
	if _, _, err := Take(context.Background(), b.store, forged, &Options{}); !errors.As(err, &digest) {
		t.Errorf("the blob of one layer and the diff id of another: %v", err)
	}
}

// A bomb ends at its limit, and leaves nothing.
func TestBombs(t *testing.T) {
	b := newBench(t)
	var entries []imagetest.Entry
	for n := range 50 {
		entries = append(entries, imagetest.File(fmt.Sprint(n), strings.Repeat("0", 100_000)))
	}
	i, _ := b.image(compression.Gzip, true, b.tar(entries...))
	for _, o := range []Options{{MaxBytes: 1 << 20}, {MaxEntries: 20}} {
		if _, _, err := Take(context.Background(), b.store, i, &o); err == nil || !strings.Contains(err.Error(), "it holds more than") {
			t.Errorf("%+v: %v", o, err)
		}
		b.expectNothing()
	}
	b.take(i, Options{})
}

// When ctx ends all of it ends, and nothing shows.
func TestInterrupted(t *testing.T) {
	b := newBench(t)
	i, s := b.image(compression.None, true, b.tar(imagetest.File("one", "1")), b.tar(imagetest.File("two", strings.Repeat("x", 100_000))))
	ctx, cancel := context.WithCancelCause(context.Background())
	interrupted := errors.New("interrupted")
	i.Source = stopping{s, func() { cancel(interrupted) }}
	if _, _, err := Take(ctx, b.store, i, &Options{}); !errors.Is(err, interrupted) {
		t.Errorf("%v", err)
	}
	b.expectNothing()
}

type stopping struct {
	*shelf
	stop func()
}

func (s stopping) Blob(ctx context.Context, l *Layer, offset int64) (io.ReadCloser, int64, error) {
	content, from, err := s.shelf.Blob(ctx, l, offset)
	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(io.LimitReader(content, 700), &stopReader{s.stop}, content), content}, from, err
}

type stopReader struct{ stop func() }

func (s *stopReader) Read([]byte) (int, error) {
	s.stop()
	return 0, io.EOF
}

// Two that take the same image share the work, and both have it.
func TestTakeAtOnce(t *testing.T) {
	b := newBench(t)
	archives := [][]byte{}
	for n := range 3 {
		name := fmt.Sprint("file", n)
		archives = append(archives, b.tar(imagetest.File(name, strings.Repeat("x", 200_000))), b.tar(imagetest.File("dir/"+name, strings.Repeat("y", 100_000))),
			b.tar(imagetest.Entry{Header: tar.Header{Typeflag: tar.TypeLink, Name: "hard-" + name, Linkname: name}}))
	}
	var all sync.WaitGroup
	for range 8 {
		i, _ := b.image(compression.Gzip, true, archives...)
		all.Go(func() {
			s, err := store.Open(b.state)
			if err != nil {
				t.Error(err)
				return
			}
			if _, _, err := Take(context.Background(), s, i, &Options{}); err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	images, err := b.store.Images()
	if err != nil || len(images) != 1 {
		t.Errorf("%d images, %v", len(images), err)
	}
	left, err := os.ReadDir(b.state + "/images/partial")
	if err != nil && !errors.Is(err, fs.ErrNotExist) || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
