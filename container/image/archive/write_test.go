package archive_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/archive"
	"github.com/mydocker/mydocker/container/image/imagetest"
	"github.com/mydocker/mydocker/container/image/manifest"
	"github.com/mydocker/mydocker/container/image/store"
)

// blobs are those of a layout, by their digests.
type blobs struct {
	dir   string
	files map[image.Digest]string
}

func (b *blobs) OpenBlob(digest image.Digest) (*os.File, error) {
	name := filepath.Join(b.dir, digest.Hex())
	if err := os.WriteFile(name, []byte(b.files[digest]), 0o600); err != nil {
		return nil, err
	}
	return os.Open(name)
}

func (b *blobs) ReadBlob(digest image.Digest) ([]byte, error) { return []byte(b.files[digest]), nil }

// saved are images as a store has them.
func saved(t *testing.T, images ...*imagetest.Image) (*blobs, []archive.Saved) {
	files := must(imagetest.OCILayout(images...))
	b := &blobs{t.TempDir(), map[image.Digest]string{}}
	for _, file := range files {
		b.files[image.Digest(imagetest.Digest([]byte(file.Content)))] = file.Content
	}
	var list []archive.Saved
	for _, found := range must(open(t, writeDir(t, files), "")).Images {
		document := must(manifest.Parse(found.MediaType, found.Manifest)).Image
		record := &image.Record{
			Manifest: descriptor(found.MediaType, found.Manifest), Config: document.Config,
			Platform: must(manifest.ParseConfig(found.Config)).Platform,
		}
		for _, layer := range found.Layers {
			record.Layers = append(record.Layers, image.Layer{DiffID: layer.DiffID, Blob: layer.Blob})
		}
		list = append(list, archive.Saved{Record: record, Names: found.Names})
	}
	return b, list
}

func descriptor(mediaType string, content []byte) image.Descriptor {
	return image.Descriptor{MediaType: mediaType, Digest: image.Digest(imagetest.Digest(content)), Size: int64(len(content))}
}

// What is written is what is read, and byte for byte the same each time. The layers of a
// docker-archive are not compressed.
func TestWrite(t *testing.T) {
	packed := small("c:1")
	packed.Gzip = true
	b, list := saved(t, small("a:1", "example.com/b:1"), packed, small())
	for format, want := range map[archive.Format]string{
		archive.Docker:        "a:1,example.com/b:1:one:two c:1:one:two :one:two",
		archive.DockerArchive: "a:1,example.com/b:1:one:two c:1:one:two :one:two",
		archive.OCIArchive:    "a:1,example.com/b:1:one:two c:1:one:two :one:two",
	} {
		t.Run(string(format), func(t *testing.T) {
			var first, second bytes.Buffer
			for _, out := range []*bytes.Buffer{&first, &second} {
				if err := archive.Write(context.Background(), out, b, format, list); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(first.Bytes(), second.Bytes()) {
				t.Error("the second archive is another one")
			}
			reader := must(open(t, writeFile(t, first.Bytes()), ""))
			for i, found := range reader.Images {
				if got := imagetest.Digest(found.Config); got != string(list[i].Config.Digest) {
					t.Errorf("image %d has the configuration %s", i, got)
				}
				if format != archive.DockerArchive && imagetest.Digest(found.Manifest) != string(list[i].Manifest.Digest) {
					t.Errorf("image %d has another manifest: %s", i, found.Manifest)
				}
			}
			if format != archive.DockerArchive {
				unpackLayers(reader)
			}
			if got := describe(t, reader); got != want {
				t.Errorf("there is %q, not %q", got, want)
			}
		})
	}
}

// unpackLayers has the layers of an image that are compressed read as they are inside.
func unpackLayers(reader *archive.Reader) {
	for _, found := range reader.Images {
		found.Source = &unpacked{found.Source}
	}
}

func TestWriteDirectory(t *testing.T) {
	b, list := saved(t, small("a:1"), small("b:1"))
	dir := t.TempDir()
	root := must(os.OpenRoot(dir))
	defer root.Close()
	if err := archive.WriteDirectory(context.Background(), root, b, list); err != nil {
		t.Fatal(err)
	}
	if got, want := describe(t, must(open(t, dir, ""))), "a:1:one:two b:1:one:two"; got != want {
		t.Errorf("there is %q, not %q", got, want)
	}
}

// A manifest of Docker's becomes one of OCI's, with the same configuration and layers, where
// only OCI's are known.
func TestWriteConverts(t *testing.T) {
	b, list := saved(t, small("a:1"))
	content := b.files[list[0].Manifest.Digest]
	for oci, docker := range map[string]string{
		manifest.OCIManifest: manifest.DockerManifest, manifest.OCIConfig: manifest.DockerConfig,
		"application/vnd.oci.image.layer.v1.tar": "application/vnd.docker.image.rootfs.diff.tar",
	} {
		content = strings.ReplaceAll(content, oci, docker)
	}
	list[0].Manifest = descriptor(manifest.DockerManifest, []byte(content))
	b.files[list[0].Manifest.Digest] = content
	for format, want := range map[archive.Format]string{archive.Docker: manifest.DockerManifest, archive.OCIArchive: manifest.OCIManifest} {
		var out bytes.Buffer
		if err := archive.Write(context.Background(), &out, b, format, list); err != nil {
			t.Fatal(err)
		}
		reader := must(open(t, writeFile(t, out.Bytes()), ""))
		if got := reader.Images[0].MediaType; got != want {
			t.Errorf("%q: the manifest is %s, not %s", format, got, want)
		}
		if got, want := describe(t, reader), "a:1:one:two"; got != want {
			t.Errorf("%q: there is %q, not %q", format, got, want)
		}
	}
}

// A blob that is damaged is not written as if it were none.
func TestWriteVerifies(t *testing.T) {
	b, list := saved(t, small("a:1"))
	layer := list[0].Layers[1].Blob.Digest
	b.files[layer] = strings.ReplaceAll(b.files[layer], "two", "TWO")
	for _, format := range []archive.Format{archive.Docker, archive.DockerArchive, archive.OCIArchive} {
		err := archive.Write(context.Background(), new(bytes.Buffer), b, format, list)
		var failed *store.DigestError
		if !errors.As(err, &failed) || failed.Want != layer {
			t.Errorf("%q: the error is %v", format, err)
		}
	}
}

// What is cancelled ends with why.
func TestWriteEnds(t *testing.T) {
	b, list := saved(t, small("a:1"))
	ctx, cancel := context.WithCancelCause(context.Background())
	why := errors.New("why")
	cancel(why)
	if err := archive.Write(ctx, new(bytes.Buffer), b, archive.Docker, list); !errors.Is(err, why) {
		t.Errorf("the error is %v", err)
	}
}
