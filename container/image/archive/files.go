package archive

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/mydocker/mydocker/container/image"
)

// files are the regular files of an archive, or of a directory, by their names.
type files interface {
	// open opens a file, behind links that stay in the archive. Where there is none the
	// error is fs.ErrNotExist. It is called from several goroutines.
	open(name string) (*file, error)
	close() error
}

// file is a file that is open.
type file struct {
	io.ReadSeekCloser
	size int64
	// digest is what its content has, "" where nobody has read it yet.
	digest image.Digest
}

// nopCloser is what needs no closing.
type nopCloser struct{ io.ReadSeeker }

func (nopCloser) Close() error { return nil }

// member is an entry of a tar archive.
type member struct {
	// kind says what it is where it is no regular file and no link: "a FIFO".
	kind string
	// target is the name of the member that a link leads to, "" where it is no link.
	target string
	size   int64
	digest image.Digest
	open   func() (io.ReadSeekCloser, error)
}

// members are the entries of an archive, by their names; those that are there twice are nil.
type members map[string]*member

// maxLinks bounds how many links are followed one after another.
const maxLinks = 10

func (m members) close() error { return nil }

// open implements files.
func (m members) open(name string) (*file, error) {
	for at, links := name, 0; links <= maxLinks; links++ {
		found, there := m[at]
		switch {
		case !there && links > 0:
			return nil, fmt.Errorf("%s is a link to %s, which is not in the archive", name, at)
		case !there:
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		case found == nil:
			return nil, fmt.Errorf("%s is in the archive twice: nobody can tell which of both counts", at)
		case found.kind != "":
			return nil, fmt.Errorf("%s is %s and no regular file", at, found.kind)
		case found.target == "":
			content, err := found.open()
			return &file{content, found.size, found.digest}, err
		}
		at = found.target
	}
	return nil, fmt.Errorf("%s: more than %d links one after another", name, maxLinks)
}

// cleanName is a name in an archive, without "./" before it. Names that lead out of the archive
// are refused: other programs have unpacked them.
func cleanName(name string) (string, error) {
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return "", fmt.Errorf("%q leads out of the archive", name)
		}
	}
	if strings.HasPrefix(name, "/") {
		return "", fmt.Errorf("%q is an absolute name, which no archive of images has", name)
	}
	if strings.ContainsRune(name, 0) || name == "" {
		return "", errors.New("a member has an empty name, or one with a zero byte in it")
	}
	return path.Clean(name), nil
}

// linkTarget is the member that a symbolic link leads to.
func linkTarget(name, target string) (string, error) {
	full := path.Join(path.Dir(name), target)
	if target == "" || strings.HasPrefix(target, "/") || full == ".." || strings.HasPrefix(full, "../") {
		return "", fmt.Errorf("%s is a link to %q, which leads out of the archive", name, target)
	}
	return full, nil
}
