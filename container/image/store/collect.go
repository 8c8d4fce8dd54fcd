package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/utils"
)

// Collected is what Collect has removed.
type Collected struct {
	Blobs, Layers, Partials int
	Bytes                   int64
	// Resumable is what stays of pulls that were interrupted, for the next try.
	Resumable int64
}

// Collect removes the blobs and layers that no image needs, and what interrupted operations
// have left. With all, that also means blobs of a pull that was interrupted, with which the
// next try would go on. Whatever goes on meanwhile keeps what it has.
func (s *Store) Collect(ctx context.Context, all bool) (Collected, error) {
	var c Collected
	if _, err := os.Lstat(s.path()); errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	err := s.make()
	if err == nil {
		err = s.decide(func() error { return s.apply(&change{}) }) // what goes must not be in the index
	}
	if err == nil {
		err = s.collect(ctx, all, &c)
	}
	return c, Explained(err)
}

func (s *Store) collect(ctx context.Context, all bool, c *Collected) error {
	needed, err := s.needed()
	if err != nil {
		return err
	}
	garbage, err := s.garbage(needed)
	if err != nil {
		return err
	}
	for len(garbage) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		piece := garbage[:min(len(garbage), pieces)]
		garbage = garbage[len(piece):]
		if err := s.decide(func() error { return s.collectPiece(needed, piece, all, c) }); err != nil {
			return err
		}
		if err := s.emptyTrash(ctx); err != nil {
			return err
		}
	}
	return s.clearLeftovers(ctx, all, c)
}

// pieces is how many blobs or layers are taken out of the store at once, while nobody else
// can decide anything.
const pieces = 64

// needs is what the images of a store need.
type needs struct {
	seen   map[image.Digest]bool // the images that were looked at
	blobs  map[string]bool       // by their file
	layers map[string]bool       // by the name of their directory
}

func (s *Store) needed() (*needs, error) {
	n := &needs{seen: map[image.Digest]bool{}, blobs: map[string]bool{}, layers: map[string]bool{}}
	return n, s.addNeeded(n)
}

// addNeeded adds what images need that were not looked at yet. An image that is damaged may
// need anything: then nothing is garbage.
func (s *Store) addNeeded(n *needs) error {
	manifests, err := s.layout.Manifests()
	if err != nil {
		return err
	}
	for _, manifest := range manifests {
		if n.seen[manifest] {
			continue
		}
		record, err := s.layout.ReadRecord(manifest)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		n.seen[manifest] = true
		for _, blob := range blobsOf(record) {
			n.blobs[blob.Digest.Hex()] = true
		}
		for i := range record.Layers {
			n.layers[layerName(record.Layers[i].Key())] = true
		}
	}
	return nil
}

// layerName is the name of a layer's directory.
func layerName(key image.Digest) string { return filepath.Dir(image.LayerName(key)) }

// garbage are the paths of all blobs and layers that no image needs.
func (s *Store) garbage(n *needs) (paths []string, err error) {
	blobs, err := s.list(image.BlobsDir)
	if err != nil {
		return nil, err
	}
	for _, blob := range blobs {
		if !n.blobs[blob] {
			paths = append(paths, s.path(image.BlobsDir, blob))
		}
	}
	variants, err := s.variants()
	if err != nil {
		return nil, err
	}
	for _, variant := range variants {
		dir := s.layout.Layers(variant)
		layers, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		for _, layer := range layers {
			if !n.layers[layer.Name()] {
				paths = append(paths, filepath.Join(dir, layer.Name()))
			}
		}
	}
	return paths, nil
}

// collectPiece takes garbage out of the store, under the mutex. An image that has come since
// may need it, or an operation that goes on has it locked.
func (s *Store) collectPiece(n *needs, paths []string, all bool, c *Collected) error {
	if err := s.addNeeded(n); err != nil {
		return err
	}
	for _, path := range paths {
		if n.blobs[filepath.Base(path)] || n.layers[filepath.Base(path)] {
			continue
		}
		if err := s.collectOne(path, all, c); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) collectOne(path string, all bool, c *Collected) error {
	file, err := openFile(path, unix.O_RDONLY)
	if isForeign(err) {
		return s.toTrash(path)
	}
	if err != nil {
		return utils.Ignore(err, fs.ErrNotExist)
	}
	info, err := file.Stat()
	if err != nil {
		return errors.Join(err, file.Close())
	}
	size := info.Size()
	if !info.IsDir() && !all && !isOnDisk(info) && isRecent(info) { // the next try goes on with it
		return file.Close()
	}
	got, err := tryLock(file, unix.LOCK_EX)
	if err != nil || !got {
		return errors.Join(err, file.Close())
	}
	if info.IsDir() {
		size = s.sizeOfLayer(path)
		c.Layers++
	} else {
		c.Blobs++
	}
	c.Bytes += size
	return errors.Join(s.toTrash(path), release(file))
}

// sizeOfLayer is what a layer is said to take, for one that goes.
func (s *Store) sizeOfLayer(path string) int64 {
	about, err := s.readLayer(path)
	if err != nil || about == nil {
		return 0
	}
	return about.Size
}
