package store

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/mydocker/mydocker/container/image"
)

// An image's layers are looked at when they have been unpacked: that has to be cheap beside
// unpacking them.
func BenchmarkReadTree(b *testing.B) {
	s := openStore(b, stateDir(b))
	dir := b.TempDir()
	for n := range 100 {
		for m := range 100 {
			path := filepath.Join(dir, fmt.Sprint("dir", n))
			must(b, os.MkdirAll(path, 0o755))
			must(b, os.WriteFile(filepath.Join(path, fmt.Sprint("file", m)), []byte("x"), 0o644))
		}
	}
	root, err := os.Open(dir)
	must(b, err)
	defer root.Close()
	for b.Loop() {
		tree, err := s.readTree(root)
		must(b, err)
		if tree.Entries != 10_101 {
			b.Fatal(tree.Entries)
		}
	}
}

// BenchmarkImages lists 1,000 images of 8 layers.
func BenchmarkImages(b *testing.B) {
	s := openStore(b, stateDir(b))
	manyImages(b, s, 1000)
	for b.Loop() {
		images, err := s.Images()
		must(b, err)
		if len(images) != 1000 {
			b.Fatal(len(images))
		}
	}
}

// BenchmarkTag gives one of 1,000 images another name.
func BenchmarkTag(b *testing.B) {
	s := openStore(b, stateDir(b))
	manyImages(b, s, 1000)
	images, err := s.Images()
	must(b, err)
	name := reference(b, "another")
	for n := 0; b.Loop(); n++ {
		must(b, s.Tag(images[n%1000].Manifest.Digest, name))
	}
}

// manyImages writes records and names of images that have no blobs.
func manyImages(b *testing.B, s *Store, many int) {
	b.Helper()
	lease(b, s)
	must(b, s.decide(func() error {
		for n := range many {
			record := &image.Record{Version: image.RecordVersion, Manifest: blobOf(fmt.Sprint("manifest", n)), Config: blobOf(fmt.Sprint("config", n))}
			record.Platform = image.Platform{OS: "linux", Architecture: "amd64"}
			record.Created = "2026-11-29T12:00:00.123456789Z"
			record.Run.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "VERSION=1.2.3"}
			record.Run.Cmd = []string{"nginx", "-g", "daemon off;"}
			for l := range 8 {
				blob := blobOf(fmt.Sprint("layer", n, l))
				record.Layers = append(record.Layers, image.Layer{DiffID: blob.Digest, Blob: blob, Size: 1 << 20})
			}
			name := &image.NameRecord{Version: image.RecordVersion, Name: fmt.Sprintf("docker.io/library/image%d:latest", n), Manifest: record.Manifest.Digest}
			c := &change{}
			if err := s.addJSON(c, image.RecordsDir+"/"+record.Manifest.Digest.Hex(), record); err != nil {
				return err
			}
			if err := s.addJSON(c, image.NamesDir+"/"+image.NameFile(reference(b, name.Name)), name); err != nil {
				return err
			}
			for _, file := range c.written {
				must(b, os.Rename(s.path(file.beside), s.path(file.name)))
			}
		}
		return s.apply(&change{})
	}))
}
