package compression

import (
	"fmt"
	"io"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/klauspost/pgzip"
)

// gzipBlock is what one processor compresses at a time. What is written depends on it.
const gzipBlock = 1 << 20

// gzipBlocks is how many blocks may wait.
const gzipBlocks = 8

// NewWriter compresses; Bzip2 and Xz are refused. The same content gives the same bytes,
// whatever the machine and the time.
func NewWriter(w io.Writer, kind Kind) (io.WriteCloser, error) {
	switch kind {
	case None:
		return nothing{w}, nil
	case Gzip:
		z := pgzip.NewWriter(w)
		z.ModTime = time.Unix(0, 0) // is written as no time
		return z, z.SetConcurrency(gzipBlock, gzipBlocks)
	case Zstd:
		return zstd.NewWriter(w)
	}
	return nil, fmt.Errorf("compress (%s): only gzip and zstd are written", kind)
}

type nothing struct{ io.Writer }

func (nothing) Close() error { return nil }
