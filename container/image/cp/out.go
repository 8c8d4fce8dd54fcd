// Package cp copies files out of a root file system and into one, as docker cp does it: what is
// read becomes a tar archive, and what is written was one.
//
// A root may be that of a container that runs, whose processes change it meanwhile. So each path is
// looked up step by step below the root's descriptor, every link in it stays inside, and what was
// found is used by its descriptor: it is not looked up again by its name (CVE-2018-15664). Nothing
// of the root is executed or loaded (CVE-2019-14271), and of its files regular ones alone are opened.
package cp

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image/unpack"
	"github.com/mydocker/mydocker/utils"
)

// Out says what is copied out of a root.
type Out struct {
	Root Root
	// Path is absolute, as Clean makes it.
	Path string
	// Follow follows a link that the path ends with.
	Follow bool
}

// Source is what an archive has, which stands in a line before it.
type Source struct {
	// Name is that of its first entry, "." if it is what is in a directory.
	Name string
	// Dir is whether it is a directory.
	Dir bool
	// Size is that of a file, and for a directory -1.
	Size int64
}

// Write writes a line with the Source, and the archive.
func (o *Out) Write(ctx context.Context, w io.Writer, files []*os.File) (written unpack.Archived, err error) {
	err = o.Root.use(files, func(root *os.File) error {
		written, err = o.write(ctx, w, root)
		return err
	})
	return written, err
}

func (o *Out) write(ctx context.Context, w io.Writer, root *os.File) (written unpack.Archived, err error) {
	found, err := utils.LookInRoot(int(root.Fd()), o.Path, o.Follow)
	if err != nil {
		return written, &fs.PathError{Op: "lstat", Path: o.Path, Err: err}
	}
	defer func() { err = errors.Join(err, found.Close()) }()
	if len(found.Missing) > 0 {
		return written, &fs.PathError{Op: "lstat", Path: o.Path, Err: unix.ENOENT}
	}
	var stat unix.Stat_t
	if err := unix.Fstat(found.FD(), &stat); err != nil {
		return written, &fs.PathError{Op: "lstat", Path: o.Path, Err: err}
	}
	if unpack.IsKernels(found.FD()) {
		return written, fmt.Errorf("%s is of one of the kernel's own file systems, of which nothing can be copied: exec, with cat, reads it", o.Path)
	}
	source := Source{Name: nameOf(o.Path), Size: stat.Size}
	if stat.Mode&unix.S_IFMT == unix.S_IFDIR {
		source.Dir, source.Size = true, -1
	}
	line, err := json.Marshal(source)
	if err == nil {
		_, err = w.Write(append(line, '\n'))
	}
	if err != nil {
		return written, err
	}
	tree := &unpack.Tree{FD: found.FD(), Dir: found.Dir(), Name: source.Name}
	if n := len(found.Names); n > 0 {
		tree.Base = found.Names[n-1]
	}
	written, err = unpack.ArchiveTree(ctx, w, tree)
	runtime.KeepAlive(root)
	return written, err
}

// maxLine is how long the line before an archive may be.
const maxLine = 16 << 10

// ReadSource reads the line before an archive, which follows in the reader that it returns.
func ReadSource(r io.Reader) (*Source, io.Reader, error) {
	buffered := bufio.NewReaderSize(r, maxLine)
	line, err := buffered.ReadSlice('\n')
	if errors.Is(err, io.EOF) && len(line) == 0 {
		return nil, nil, io.EOF
	}
	source := &Source{}
	if err == nil {
		err = json.Unmarshal(line, source)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read what is copied: %w", err)
	}
	return source, buffered, nil
}
