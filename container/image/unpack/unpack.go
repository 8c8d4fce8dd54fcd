// Package unpack makes the directory of a layer from its tar archive, and archives from
// directories. Archives are not trusted: all paths are looked up by descriptors below the
// directory, and nothing is followed out of it.
package unpack

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/layers"
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
	// Lowers are the layers below, nil for none.
	Lowers *layers.Stack
	// LowersUnknown says that there may be layers below which are not there yet. What Result.Implied
	// names is to be done later then, and where more depends on them the error is a *DependsError.
	LowersUnknown bool
	// Into puts the files among others; nil makes a layer, in an empty directory.
	Into *Into `json:"-"`
}

// The defaults of the limits.
const (
	DefaultMaxBytes   = 64 << 30
	defaultMaxEntries = 5_000_000
)

// Result is what was unpacked.
type Result struct {
	// Bytes are those of the files without their holes, Entries how many there were.
	Bytes, Entries int64
	// Owners says how many entries have another owner than the archive says.
	Owners int64
	// Devices says how many device nodes are missing, because the caller may not make them.
	Devices int64
	// Dropped says which extended attributes were left out, and how often.
	Dropped map[string]int64
	// Implied are the directories that the archive does not have, but files in them, where
	// Options.LowersUnknown says so: see Imply.
	Implied []string
}

// DependsError says that a layer has to be unpacked when those below it are there.
type DependsError struct {
	// Name is what it needs of them.
	Name string
}

func (e *DependsError) Error() string { return fmt.Sprintf("%q is in a layer below", e.Name) }

// LimitError says that a layer holds more than it may.
type LimitError struct {
	Limit int64
	// What is limited: "bytes" or "entries".
	What string
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("it holds more than %d %s, which is the limit", e.Limit, e.What)
}

// Layer unpacks a tar archive, which is no longer compressed, in an empty directory. The
// caller is root, of the host or of the user namespace that the variant is for.
func Layer(ctx context.Context, r io.Reader, dir *os.File, o *Options) (Result, error) {
	u, err := newUnpacker(ctx, r, dir, o)
	if err != nil {
		return Result{}, err
	}
	err = u.all()
	runtime.KeepAlive(dir)
	if u.Lowers != nil { // what it has kept open
		err = errors.Join(err, u.Lowers.Close())
	}
	return u.result, errors.Join(err, u.at.leave(0), u.links.leave(0))
}

// bufferSize is how much of a file is written at once.
const bufferSize = 1 << 20

type unpacker struct {
	Options
	ctx     context.Context
	root    int
	umask   uint32
	source  *counter
	archive *tar.Reader
	buffer  []byte

	at    position // the directory of the last entry
	links position // the directory of the last target of a hard link

	directories []directory // what they get at the end
	implied     map[string]bool
	removed     bool  // a directory was, so what a name in directories means has to be looked at
	opaque      bool  // the root hides all that is below
	size        int64 // of the files, with their holes
	steps       int64 // from directory to directory
	result      Result
}

func newUnpacker(ctx context.Context, r io.Reader, dir *os.File, o *Options) (*unpacker, error) {
	umask, err := ownUmask()
	if err != nil {
		return nil, err
	}
	root := int(dir.Fd())
	source := &counter{r: r}
	u := &unpacker{
		Options: *o, ctx: ctx, root: root, umask: umask, source: source,
		archive: tar.NewReader(source), buffer: make([]byte, bufferSize),
		at: position{root: root}, links: position{root: root}, implied: map[string]bool{},
	}
	if u.MaxBytes == 0 {
		u.MaxBytes = DefaultMaxBytes
	}
	if u.MaxEntries == 0 {
		u.MaxEntries = defaultMaxEntries
	}
	return u, nil
}

func (u *unpacker) all() error {
	if u.Into == nil {
		if err := u.prepareRoot(); err != nil {
			return fmt.Errorf("prepare the directory of the layer: %w", err)
		}
	}
	for {
		h, err := u.archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if errors.Is(err, tar.ErrHeader) && u.result.Entries == 0 {
			return fmt.Errorf("it is no tar archive: %w", err)
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			return fmt.Errorf("read the archive: %w", err)
		}
		if u.result.Entries++; u.result.Entries > u.MaxEntries {
			return &LimitError{Limit: u.MaxEntries, What: "entries"}
		}
		if err := u.ctx.Err(); err != nil {
			return err
		}
		if err := u.entry(h); err != nil {
			return fmt.Errorf("entry %s: %w", shown(h.Name), err)
		}
	}
	if err := u.drain(); err != nil {
		return err
	}
	return u.finish()
}

// drain reads what follows the end of the archive, which its digest covers.
func (u *unpacker) drain() error {
	n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, io.LimitReader(u.source, u.MaxBytes+1), u.buffer)
	if err != nil {
		return fmt.Errorf("read the archive: %w", err)
	}
	if n > u.MaxBytes {
		return &LimitError{Limit: u.MaxBytes, What: "bytes"}
	}
	return nil
}

// counter counts what is read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// shown is a name for a message, which has one line and an end.
func shown(name string) string {
	const most = 200
	if len(name) > most {
		return fmt.Sprintf("%q and so on", name[:most])
	}
	return fmt.Sprintf("%q", name)
}
