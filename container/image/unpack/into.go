package unpack

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// Into says where files of an archive go that are put among others, as cp does it. What they
// find may be changed by others meanwhile, and is theirs: so directories stay what they are,
// links lead nowhere out of the root, and owners and modes are set whatever a new file inherits.
type Into struct {
	// Dir is the directory, as the names that lead to it from the root. None is a symbolic link.
	Dir []string
	// Shown is where the root is, for messages; "" is "/".
	Shown string
	// From is the first name of all entries and To the one that they get instead, where From is
	// not "". From "." is the archive of what is in a directory.
	From, To string
	// NoLinks refuses what would go through a symbolic link.
	NoLinks bool
	// NoOwners has files belong to the caller. None of them gives its rights to others then
	// (set-user-ID, set-group-ID, capabilities).
	NoOwners bool
	// Owner is who has the files, nil for those that the archive names.
	Owner *Owner
}

// Owner is who has a file.
type Owner struct{ UID, GID int }

// Files unpacks an archive among the files of a root that is in use.
func Files(ctx context.Context, r io.Reader, root *os.File, into *Into) (Result, error) {
	// Those who have asked for it have the room, or the disk is full. A walk has its limit in the links.
	const noLimit = math.MaxInt64 / stepsPerEntry / 2
	o := &Options{Plain: true, MaxBytes: noLimit, MaxEntries: noLimit, OneOwner: true, Into: into}
	u, err := newUnpacker(ctx, r, root, o)
	if err != nil {
		return Result{}, err
	}
	err = u.all()
	runtime.KeepAlive(root)
	return u.result, errors.Join(err, u.at.leave(0), u.links.leave(0))
}

// rename are the names that an entry gets. None are those of the directory itself.
func (i *Into) rename(parts []string) ([]string, error) {
	switch {
	case i.From == "" || i.From == "." && i.To == "":
	case i.From == ".":
		parts = append([]string{i.To}, parts...)
	case len(parts) == 0 || parts[0] != i.From:
		return nil, fmt.Errorf("it is not in %s, as all should be", shown(i.From))
	case i.To != "":
		parts = append([]string{i.To}, parts[1:]...)
	}
	if len(parts) == 0 {
		return nil, nil
	}
	return slices.Concat(i.Dir, parts), nil
}

// split is that of names, and where they go.
func (u *unpacker) split(name string) ([]string, error) {
	parts, err := split(name)
	if err != nil || u.Into == nil {
		return parts, err
	}
	return u.Into.rename(parts)
}

// OverwriteError says that a file is to take the place of a directory, or the other way round.
type OverwriteError struct {
	Path, Name string
	// Directory is whether the directory is what is there.
	Directory bool
}

func (e *OverwriteError) Error() string {
	if e.Directory {
		return fmt.Sprintf("cannot overwrite directory %q with non-directory %q", e.Path, e.Name)
	}
	return fmt.Sprintf("cannot overwrite non-directory %q with directory %q", e.Path, e.Name)
}

// overwrite is the error about a name of the current directory.
func (u *unpacker) overwrite(name string, directory bool) error {
	path := filepath.Join("/", u.Into.Shown, filepath.Join(u.at.names...), name)
	below := strings.Join(append(slices.Clone(u.at.names[min(len(u.Into.Dir), len(u.at.names)):]), name), "/")
	return &OverwriteError{Path: path, Name: below, Directory: directory}
}

// adjust has an entry be as Into says.
func (i *Into) adjust(h *tar.Header) {
	if i.Owner != nil {
		h.Uid, h.Gid = i.Owner.UID, i.Owner.GID
	}
	if i.NoOwners {
		h.Mode &^= unix.S_ISUID | unix.S_ISGID
		delete(h.PAXRecords, attributePrefix+"security.capability")
		if h.Typeflag == tar.TypeChar || h.Typeflag == tar.TypeBlock { // of the host, and outside the device rules of its container
			h.Mode &^= 0o077
		}
	}
}

// inPlace writes to a file that something is mounted over, and which so can be neither removed nor
// replaced: /etc/hosts of a container.
func (u *unpacker) inPlace(name string, h *tar.Header) error {
	path, err := openAt(u.at.fd(), name, unix.O_PATH, 0)
	if err != nil {
		return named("open", err)
	}
	var stat unix.Stat_t
	err = unix.Fstat(path, &stat)
	if err == nil && stat.Mode&unix.S_IFMT != unix.S_IFREG {
		err = unix.EBUSY
	}
	if err == nil {
		err = u.fillAnew(path, h)
	}
	return errors.Join(err, unix.Close(path))
}

// fillAnew gives an open file (O_PATH) other content.
func (u *unpacker) fillAnew(path int, h *tar.Header) error {
	fd, err := unix.Open(utils.FDPath(path), unix.O_WRONLY|unix.O_TRUNC|unix.O_CLOEXEC, 0)
	if err != nil {
		return named("open", err)
	}
	return errors.Join(u.fill(fd, h, modeOf(h)), unix.Close(fd))
}

// hasOwner reports whether an entry has another owner than it is made with.
func (u *unpacker) hasOwner(h *tar.Header) bool {
	if u.Into != nil {
		return !u.Into.NoOwners
	}
	return h.Uid != 0 || h.Gid != 0
}
