package unpack

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"

	"github.com/mydocker/mydocker/container/image"
)

// ArchiveOptions say how directories become an archive.
type ArchiveOptions struct {
	// Variant says whose marks of overlayfs are in them.
	Variant image.Variant
	// Layer makes a layer of one directory: what it hides of others is written as whiteouts.
	// Otherwise the directories are merged, as overlayfs shows them.
	Layer bool
	// Root has a layer say what its root is. Docker's do not.
	Root bool
	// Live is whether what is read may change meanwhile.
	Live bool
	// Without names files that are left out, from the root: "etc/hosts".
	Without []string
}

// Archived is what was written.
type Archived struct {
	// Bytes are those of the files without their holes, Entries how many there are.
	Bytes, Entries int64
	// Skipped names what no archive can hold, with the reason: the first of them, and how many
	// there are in all.
	Skipped      []string
	SkippedCount int64
}

// Archive writes directories, the uppermost first, as a tar archive. The same files give the
// same bytes. All is opened by descriptors, and no link is followed.
func Archive(ctx context.Context, w io.Writer, dirs []*os.File, o *ArchiveOptions) (Archived, error) {
	a := &archiver{ArchiveOptions: *o, ctx: ctx, out: w, tar: tar.NewWriter(w), buffer: make([]byte, bufferSize), links: map[inode]string{}}
	if o.Layer && len(dirs) != 1 {
		return Archived{}, errors.New("a layer is made of one directory")
	}
	parts := make([]int, 0, len(dirs))
	for _, dir := range dirs {
		parts = append(parts, int(dir.Fd()))
	}
	err := a.root(parts)
	runtime.KeepAlive(dirs)
	if err == nil {
		err = a.tar.Close()
	}
	return a.archived, err
}

type archiver struct {
	ArchiveOptions
	ctx      context.Context
	out      io.Writer
	tar      *tar.Writer
	buffer   []byte
	links    map[inode]string // the first name of a file that has several
	current  string           // the entry that is being written
	archived Archived
}

type inode struct{ dev, ino uint64 }

// root writes the root itself, too, but for a layer: Docker's have none.
func (a *archiver) root(parts []int) error {
	if !a.Layer || a.Root {
		var stat unix.Stat_t
		if err := unix.Fstat(parts[0], &stat); err != nil {
			return named("stat", err)
		}
		if err := a.entry(".", utils.FDPath(parts[0])+"/.", &stat, -1); err != nil {
			return err
		}
	}
	return a.directory("", parts, 0)
}

// directory writes what is in a directory of which these are the parts.
func (a *archiver) directory(name string, parts []int, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("%s: %w", shown(name), errDeep)
	}
	names, err := namesIn(parts)
	if err = a.gone(err); err != nil {
		return fmt.Errorf("read the directory %s: %w", shown(name), err)
	}
	if a.Layer && depth > 0 && isOpaque(parts[0], a.Variant) {
		if err := a.mark(path.Join(name, opaqueName)); err != nil {
			return err
		}
	}
	for _, base := range names {
		if err := a.ctx.Err(); err != nil {
			return err
		}
		if err := a.name(path.Join(name, base), base, parts, depth); err != nil {
			return err
		}
	}
	return nil
}

// name writes what a name in a directory means.
func (a *archiver) name(whole, base string, parts []int, depth int) (err error) {
	found, err := a.look(base, parts)
	defer func() { err = errors.Join(err, found.close()) }()
	if err != nil {
		return fmt.Errorf("%s: %w", shown(whole), err)
	}
	switch {
	case len(found.fds) == 0 || slices.Contains(a.Without, whole):
		return nil
	case isWhiteout(&found.stat):
		return a.mark(path.Join(path.Dir(whole), whiteoutPrefix+base))
	case a.Layer && strings.HasPrefix(base, whiteoutPrefix):
		a.skip(whole, "a layer would take its name for that of something deleted")
		return nil
	case found.stat.Mode&unix.S_IFMT == unix.S_IFSOCK:
		a.skip(whole, "a socket")
		return nil
	}
	if err := a.entry(whole, utils.FDPath(found.dir)+"/"+base, &found.stat, found.fds[0]); err != nil {
		return fmt.Errorf("%s: %w", shown(whole), err)
	}
	if found.stat.Mode&unix.S_IFMT != unix.S_IFDIR || a.Live && IsKernels(found.fds[0]) {
		return nil
	}
	return a.directory(whole, found.fds, depth+1)
}

func (a *archiver) skip(name, why string) {
	const most = 10
	if a.archived.SkippedCount++; len(a.archived.Skipped) < most {
		a.archived.Skipped = append(a.archived.Skipped, fmt.Sprintf("%s: %s", shown(name), why))
	}
}

// mark writes a whiteout. It has no time, so that it is always the same.
func (a *archiver) mark(name string) error {
	a.archived.Entries++
	h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o600, ModTime: time.Unix(0, 0), Format: tar.FormatPAX}
	return named("write", a.tar.WriteHeader(h))
}

// entry writes a file. attributes is a path that leads to it, for its extended attributes.
func (a *archiver) entry(name, attributes string, stat *unix.Stat_t, fd int) error {
	a.archived.Entries++
	a.current = name
	h, err := headerOf(name, stat, fd)
	if err != nil {
		return err
	}
	if first, known := a.link(name, stat); known {
		h.Typeflag, h.Linkname, h.Size = tar.TypeLink, first, 0
		return named("write", a.tar.WriteHeader(h))
	}
	if h.PAXRecords, err = a.attributes(name, attributes); a.gone(err) != nil {
		return err
	}
	if h.Typeflag != tar.TypeReg || h.Size == 0 {
		return named("write", a.tar.WriteHeader(h))
	}
	file, err := unix.Open(utils.FDPath(fd), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return named("open", err)
	}
	return errors.Join(a.file(h, file, stat), unix.Close(file))
}

// link reports whether a file has been written under another name.
func (a *archiver) link(name string, stat *unix.Stat_t) (first string, known bool) {
	if stat.Nlink < 2 || stat.Mode&unix.S_IFMT == unix.S_IFDIR {
		return "", false
	}
	id := inode{uint64(stat.Dev), stat.Ino} //nolint:unconvert // Dev has 32 bits on some machines
	first, known = a.links[id]
	if !known {
		a.links[id] = name
	}
	return first, known
}

func headerOf(name string, stat *unix.Stat_t, fd int) (*tar.Header, error) {
	h := &tar.Header{
		Name: name, Mode: int64(stat.Mode & 0o7777), Uid: int(stat.Uid), Gid: int(stat.Gid), Format: tar.FormatPAX,
		ModTime: time.Unix(stat.Mtim.Unix()),
	}
	switch stat.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		h.Typeflag, h.Size = tar.TypeReg, stat.Size
	case unix.S_IFDIR:
		h.Typeflag = tar.TypeDir
		h.Name += "/"
	case unix.S_IFLNK:
		target, err := utils.ReadLink(fd, "")
		if err != nil {
			return nil, named("read the link", err)
		}
		h.Typeflag, h.Linkname = tar.TypeSymlink, target
	case unix.S_IFIFO:
		h.Typeflag = tar.TypeFifo
	case unix.S_IFCHR, unix.S_IFBLK:
		h.Typeflag = tar.TypeChar
		if stat.Mode&unix.S_IFMT == unix.S_IFBLK {
			h.Typeflag = tar.TypeBlock
		}
		rdev := uint64(stat.Rdev) //nolint:unconvert // it has 32 bits on some machines
		h.Devmajor, h.Devminor = int64(unix.Major(rdev)), int64(unix.Minor(rdev))
	default:
		return nil, fmt.Errorf("its type %o is not known", stat.Mode&unix.S_IFMT)
	}
	return h, nil
}
