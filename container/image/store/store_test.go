package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/manifest"
)

// stateDir is a directory of state that is removed with all that is in it.
func stateDir(t testing.TB) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "state")
}

func openStore(t testing.TB, state string) *Store {
	t.Helper()
	s, err := Open(state)
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func reference(t testing.TB, name string) image.Reference {
	t.Helper()
	r, err := image.ParseReference(name)
	must(t, err)
	return r
}

// take puts an image into the store, with a layer for each text. All of its content is
// derived from the texts.
func take(s *Store, texts []string, names ...image.Reference) (*image.Record, error) {
	l, err := s.Lease()
	if err != nil {
		return nil, err
	}
	record, err := takeWith(l, texts, names...)
	return record, errors.Join(err, l.Close())
}

func takeWith(l *Lease, texts []string, names ...image.Reference) (*image.Record, error) {
	return takeOfType(l, manifest.OCIManifest, texts, names...)
}

func takeOfType(l *Lease, mediaType string, texts []string, names ...image.Reference) (*image.Record, error) {
	record := &image.Record{Version: image.RecordVersion, Platform: image.Platform{OS: "linux", Architecture: "amd64"}}
	var diffIDs, layers []string
	for _, text := range texts {
		layer, err := takeLayer(l, text)
		if err != nil {
			return nil, err
		}
		record.Layers = append(record.Layers, layer)
		record.Size += layer.Size
		diffIDs = append(diffIDs, fmt.Sprintf("%q", layer.DiffID))
		layers = append(layers, descriptorText(layer.Blob))
	}
	config := `{"os":"linux","architecture":"amd64","config":{},"rootfs":{"type":"layers","diff_ids":[` + strings.Join(diffIDs, ",") + `]}}`
	var err error
	if record.Config, err = putDocument(l, manifest.OCIConfig, config); err != nil {
		return nil, err
	}
	text := `{"schemaVersion":2,"mediaType":"` + mediaType + `","config":` + descriptorText(record.Config) +
		`,"layers":[` + strings.Join(layers, ",") + `]}`
	if record.Manifest, err = putDocument(l, mediaType, text); err != nil {
		return nil, err
	}
	return record, l.Commit(record, names...)
}

func descriptorText(d image.Descriptor) string {
	return fmt.Sprintf(`{"mediaType":%q,"digest":%q,"size":%d}`, d.MediaType, d.Digest, d.Size)
}

func putDocument(l *Lease, mediaType, content string) (image.Descriptor, error) {
	digest, err := l.PutDocument([]byte(content))
	return image.Descriptor{MediaType: mediaType, Digest: digest, Size: int64(len(content))}, err
}

// takeLayer stores a layer that is no archive, for the store does not look: the text is its
// blob, and what its only file says.
func takeLayer(l *Lease, text string) (layer image.Layer, err error) {
	layer.Blob = image.Descriptor{MediaType: "application/vnd.oci.image.layer.v1.tar", Digest: manifest.DigestOf([]byte(text)), Size: int64(len(text))}
	layer.DiffID = layer.Blob.Digest
	layer.Size = int64(len(text))
	if err = takeBlob(l, layer.Blob, text); err != nil {
		return layer, err
	}
	n, _, err := l.Layer(context.Background(), layer.Key(), Variant{})
	if err != nil || n == nil {
		return layer, err
	}
	err = os.WriteFile(n.Dir.Name()+"/file", []byte(text), 0o644)
	if err == nil {
		err = n.Commit(layer.Size)
	} else {
		err = Explained(err) // as who unpacks does
	}
	return layer, errors.Join(err, n.Close())
}

func takeBlob(l *Lease, blob image.Descriptor, text string) error {
	b, err := l.PartialBlob(context.Background(), blob)
	if err != nil {
		return err
	}
	if _, err = io.WriteString(b, text[b.Offset():]); b.Offset() < blob.Size || err != nil {
		return errors.Join(err, b.Close())
	}
	_, _, err = b.Commit()
	return errors.Join(err, b.Close())
}

func TestTakeAnImage(t *testing.T) {
	state := stateDir(t)
	s := openStore(t, state)
	if images, err := s.Images(); len(images) > 0 || err != nil {
		t.Fatalf("an empty store has %d images, %v", len(images), err)
	}
	if _, err := os.Stat(state); err == nil {
		t.Fatal("reading has made the store")
	}
	record, err := take(s, []string{"lower", "upper"}, reference(t, "alpine"))
	must(t, err)
	images, err := s.Images()
	must(t, err)
	if len(images) != 1 || images[0].Manifest != record.Manifest || images[0].Used {
		t.Fatalf("images %+v", images)
	}
	if names := images[0].Names; len(names) != 1 || names[0].String() != "docker.io/library/alpine:latest" {
		t.Fatalf("names %v", names)
	}
	opened, err := image.Open(state, "alpine")
	must(t, err)
	lowers, err := opened.Lowers("")
	must(t, err)
	for n, want := range []string{"upper", "lower"} {
		if got, err := os.ReadFile(lowers[n] + "/file"); string(got) != want || err != nil {
			t.Errorf("lower %d: %q, %v", n, got, err)
		}
	}
	if images, err = s.Images(); !images[0].Used || err != nil {
		t.Errorf("it is open, and not used: %v", err)
	}
	must(t, opened.Close())
	if content, err := s.ReadBlob(record.Config.Digest); len(content) == 0 || err != nil {
		t.Errorf("configuration: %v", err)
	}
}
