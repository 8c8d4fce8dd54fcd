package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/utils"
)

// Usage is what a store takes of the disk, in bytes.
type Usage struct {
	Images []ImageUsage
	// Total is for all images. They share blobs and layers: their sum is more.
	Total int64
	// Reclaimable is what goes if all images go that nobody uses.
	Reclaimable int64
	// Garbage is what no image needs, and Partial what interrupted operations have left. Both
	// may be of operations that go on.
	Garbage, Partial int64
	// Layers is how many layers are unpacked.
	Layers int
}

// ImageUsage is what one image takes: its blobs, and its layers for all variants.
type ImageUsage struct {
	Named
	// Unique is what goes with it, Shared what other images need, too.
	Unique, Shared int64
}

// DiskUsage tells what the store takes. Where an image is damaged, the error says which, and
// the rest is told all the same.
func (s *Store) DiskUsage() (*Usage, error) {
	images, damaged := s.Images()
	pieces := pieceSizes{}
	u := &Usage{}
	err := errors.Join(pieces.addBlobs(s), pieces.addLayers(s, u))
	u.count(images, pieces)
	var left error
	u.Partial, left = s.partial()
	return u, errors.Join(damaged, err, left)
}

// count adds the pieces up. What a piece takes is 0 where it is missing.
func (u *Usage) count(images []Named, pieces pieceSizes) {
	users := map[string]int{}   // how many images need a piece
	needed := map[string]bool{} // a piece of an image that is used
	for n := range images {
		for _, piece := range piecesOf(&images[n].Record) {
			users[piece]++
			needed[piece] = needed[piece] || images[n].Used
		}
	}
	for piece, size := range pieces {
		switch {
		case users[piece] == 0:
			u.Garbage += size
			continue
		case !needed[piece]:
			u.Reclaimable += size
		}
		u.Total += size
	}
	for n := range images {
		i := ImageUsage{Named: images[n]}
		for _, piece := range piecesOf(&i.Record) {
			if users[piece] == 1 {
				i.Unique += pieces[piece]
			} else {
				i.Shared += pieces[piece]
			}
		}
		u.Images = append(u.Images, i)
	}
}

// pieceSizes are the sizes of blobs, by their file, and layers, by their directory.
type pieceSizes map[string]int64

// piecesOf are the blobs and layers of an image, each once.
func piecesOf(record *image.Record) (pieces []string) {
	seen := map[string]bool{}
	add := func(piece string) {
		if !seen[piece] {
			seen[piece] = true
			pieces = append(pieces, piece)
		}
	}
	for _, blob := range blobsOf(record) {
		add(blob.Digest.Hex())
	}
	for n := range record.Layers {
		add(layerName(record.Layers[n].Key()))
	}
	return pieces
}

func (p pieceSizes) addBlobs(s *Store) error {
	names, err := s.list(image.BlobsDir)
	for _, name := range names {
		info, statErr := os.Lstat(s.path(image.BlobsDir, name))
		if statErr == nil {
			p[name] += info.Size()
		}
		err = errors.Join(err, utils.Ignore(statErr, fs.ErrNotExist))
	}
	return err
}

func (p pieceSizes) addLayers(s *Store, u *Usage) error {
	variants, err := s.variants()
	for _, variant := range variants {
		dir := s.layout.Layers(variant)
		layers, listErr := os.ReadDir(dir)
		err = errors.Join(err, listErr)
		for _, layer := range layers {
			u.Layers++
			p[layer.Name()] += s.sizeOfLayer(filepath.Join(dir, layer.Name()))
		}
	}
	return err
}

// partial is what blobs take that are not complete. Of a layer that is not, nobody has
// counted the bytes.
func (s *Store) partial() (sum int64, err error) {
	names, err := s.list(image.PartialDir)
	for _, name := range names {
		info, statErr := os.Lstat(s.path(image.PartialDir, name))
		if statErr == nil && info.Mode().IsRegular() {
			sum += info.Size()
		}
		err = errors.Join(err, utils.Ignore(statErr, fs.ErrNotExist))
	}
	return sum, err
}
