// Package unpack makes the directory of a layer from its tar archive, and archives from
// directories. Archives are not trusted: all paths are looked up by descriptors below the
// directory, and nothing is followed out of it.
package unpack

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/mydocker/mydocker/container/image"
)

// Options say how a layer is unpacked.
type Options struct {
	// Variant says for whom: it decides about the marks of overlayfs.
	Variant image.Variant
	// MaxBytes and MaxEntries bound what one layer may hold; 0 is the default.
	MaxBytes, MaxEntries int64
	// Plain is a root's own archive and no layer: names that begin with ".wh." are files.
	Plain bool
	// OneOwner leaves owners that cannot be had (no subordinate ids) as they are, and counts them.
	OneOwner bool
}

// Result is what was unpacked.
type Result struct {
	// Bytes are those of the files, Entries how many there were.
	Bytes, Entries int64
	// Owners says how many entries have another owner than the archive says.
	Owners int64
}

// Layer unpacks a tar archive, which is no longer compressed, in an empty directory.
func Layer(_ context.Context, _ io.Reader, _ *os.File, _ *Options) (Result, error) {
	return Result{}, errors.New("not yet")
}
