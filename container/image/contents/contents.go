// Package contents tells what each layer of an image does to the root below it: what it adds,
// changes and deletes. It reads the archives, so everybody can see it who can read the store,
// whoever the files belong to.
package contents

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// Layer is what a layer does.
type Layer struct {
	// Added and Changed count files, links, nodes and new directories. A directory that was there
	// is not counted: layers name it for what is in it.
	Added   int `json:"added"`
	Changed int `json:"changed"`
	// Deleted are paths that the layer deletes, with all that was in them. In an opaque directory
	// that is all that was in it before: the path ends in "/*".
	Deleted []string `json:"deleted"`
	// Biggest are its largest files, the largest first.
	Biggest []File `json:"biggest"`
	// Bytes are those of all files.
	Bytes int64 `json:"bytes"`
}

// File is a file with its size in bytes.
type File struct {
	Path string `json:"path"`
	Size int64  `json:"size"`
}

// The marks of a layer (image-spec, layer.md).
const (
	whiteout = ".wh."
	opaque   = ".wh..wh..opq"
)

// maxBiggest is how many of the largest files are told.
const maxBiggest = 5

// entry is a path in a layer, with what the layer says of it.
type entry struct {
	path string
	size int64
	// isDir, deletes and isOpaque say what it is: a directory, a whiteout, the mark of an
	// opaque directory whose path that is.
	isDir, deletes, isOpaque bool
}

// Archive is what is in a layer, in order.
type Archive []entry

// ReadArchive reads a layer's archive, which is not compressed any more.
func ReadArchive(r io.Reader) (Archive, error) {
	archive := tar.NewReader(r)
	var entries Archive
	for {
		header, err := archive.Next()
		switch {
		case errors.Is(err, io.EOF):
			return entries, nil
		case err != nil:
			return nil, fmt.Errorf("read the layer: %w", err)
		}
		if header.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		name := path.Clean("/" + header.Name)
		dir, base := path.Split(name)
		e := entry{path: name, size: header.Size, isDir: header.Typeflag == tar.TypeDir}
		switch deleted, is := strings.CutPrefix(base, whiteout); {
		case base == opaque:
			e = entry{path: path.Clean(dir), isOpaque: true}
		case is:
			e = entry{path: path.Join(dir, deleted), deletes: true}
		}
		entries = append(entries, e)
	}
}

// Compare tells what each layer does to those before it; the lowest is the first.
func Compare(layers []Archive) []Layer {
	root := &node{isDir: true}
	told := make([]Layer, len(layers))
	for i, entries := range layers {
		told[i] = root.apply(entries)
	}
	return told
}

// apply is what a layer does to a root. Its marks are about what is below it alone, so they
// come first, wherever they stand in it.
func (n *node) apply(entries Archive) Layer {
	layer := Layer{Deleted: []string{}, Biggest: []File{}}
	for _, e := range entries {
		switch {
		case e.deletes && n.remove(e.path):
			layer.Deleted = append(layer.Deleted, e.path)
		case e.isOpaque && n.empty(e.path):
			layer.Deleted = append(layer.Deleted, path.Join(e.path, "*"))
		}
	}
	seen := map[string]bool{} // what stands twice in an archive counts once
	for _, e := range entries {
		if e.deletes || e.isOpaque || e.path == "/" {
			continue
		}
		wasThere, wasDir := n.put(e.path, e.isDir)
		switch {
		case seen[e.path] || wasThere && wasDir && e.isDir:
		case wasThere:
			layer.Changed++
		default:
			layer.Added++
		}
		seen[e.path] = true
		layer.addFile(e)
	}
	return layer
}

func (l *Layer) addFile(e entry) {
	l.Bytes += e.size
	if e.isDir || e.size == 0 || len(l.Biggest) == maxBiggest && e.size <= l.Biggest[maxBiggest-1].Size {
		return
	}
	at, _ := slices.BinarySearchFunc(l.Biggest, e.size, func(f File, size int64) int {
		if f.Size >= size {
			return -1
		}
		return 1
	})
	l.Biggest = slices.Insert(l.Biggest, at, File{e.path, e.size})
	l.Biggest = l.Biggest[:min(len(l.Biggest), maxBiggest)]
}
