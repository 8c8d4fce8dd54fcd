// Package compression knows the compressions that archives and layers have: by their content,
// never by their name.
package compression

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"errors"
	"io"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/xi2/xz"
)

// Kind is a compression: None, Gzip, Zstd, Bzip2 or Xz.
type Kind string

// The kinds.
const (
	None  Kind = "none"
	Gzip  Kind = "gzip"
	Zstd  Kind = "zstd"
	Bzip2 Kind = "bzip2"
	Xz    Kind = "xz"
)

// MagicLength is how many bytes from the beginning Detect needs.
const MagicLength = 6

// Detect tells a compression by the first MagicLength bytes. What is shorter is not compressed.
func Detect(head []byte) Kind {
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b, 8}): // RFC 1952
		return Gzip
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}), isSkippable(head):
		return Zstd
	case len(head) >= 4 && bytes.HasPrefix(head, []byte("BZh")) && head[3] >= '1' && head[3] <= '9':
		return Bzip2
	case bytes.HasPrefix(head, []byte{0xfd, '7', 'z', 'X', 'Z', 0}):
		return Xz
	}
	return None
}

// isSkippable reports whether a frame of zstd begins that holds no data (RFC 8878, 3.1.2).
func isSkippable(head []byte) bool {
	return len(head) >= 4 && head[0]&0xf0 == 0x50 && bytes.Equal(head[1:4], []byte{0x2a, 0x4d, 0x18})
}

// The most memory that what has been written may ask a decompressor for. zstd and xz
// write no more unless they are told to: zstd takes 128 MiB by --ultra -22, xz 64 MiB by -9.
const (
	maxWindow     = 128 << 20
	maxDictionary = 128 << 20
)

// readBuffer is how much is read at once: the readers of gzip, bzip2 and xz take it byte by byte.
const readBuffer = 256 << 10

// NewReader finds out how r is compressed and returns what is in it. Close ends what works
// beside, and does not close r. Streams that follow each other are one, as their programs
// read them; anything else after the end is an error, and so is an end that is missing.
func NewReader(r io.Reader) (io.ReadCloser, Kind, error) {
	from := &source{r: r}
	buffered := bufio.NewReaderSize(from, readBuffer)
	head, err := buffered.Peek(MagicLength)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, None, err
	}
	kind := Detect(head)
	content, end, err := open(buffered, kind)
	if err != nil {
		return nil, kind, from.named(kind, err)
	}
	return &reader{content: content, end: end, kind: kind, from: from}, kind, nil
}

// open also returns what ends the decompressor, which only that of zstd needs.
func open(r *bufio.Reader, kind Kind) (content io.Reader, end func(), err error) {
	end = func() {}
	switch kind {
	case Gzip:
		content, err = gzip.NewReader(r)
	case Zstd:
		var decoder *zstd.Decoder
		decoder, err = zstd.NewReader(r, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
		content, end = decoder, decoder.Close
	case Bzip2:
		content = bzip2.NewReader(r)
	case Xz:
		content, err = xz.NewReader(r, maxDictionary)
	case None:
		content = r
	}
	return content, end, err
}

// reader says in its errors which compression they are about.
type reader struct {
	content io.Reader
	end     func()
	kind    Kind
	from    *source
}

func (r *reader) Read(p []byte) (int, error) {
	n, err := r.content.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = r.from.named(r.kind, err)
	}
	return n, err
}

func (r *reader) Close() error {
	r.end()
	return nil
}

// source keeps the error of what is decompressed, to tell it from those of a decompressor.
type source struct {
	r   io.Reader
	err atomic.Pointer[error]
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err.Store(&err)
	}
	return n, err
}

// named names the compression in an error that is about the content.
func (s *source) named(kind Kind, err error) error {
	if own := s.err.Load(); own != nil {
		return *own
	}
	return &Error{Kind: kind, Err: err}
}
